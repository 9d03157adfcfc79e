-- Every arrival is of a reservation of the history and has its row in the outbox; every row of the outbox and every row of
-- the inbox that was taken has its arrival, unless that was withdrawn. (The swap of a replay may have put the reservation into
-- quarantine since.)
-- Invariant: An arrival is taken once, and never lost, doubled or wrongly called confirmed.
select arrival.account, arrival.serial_number, 'no reservation' as what
from warehouse.arrivals as arrival
where not exists (
    select
    from warehouse.reservation_versions as versions
    where versions.account = arrival.account
        and versions.serial_number = arrival.serial_number
        and versions.valid_to = 'infinity'
)
and not exists (
    select
    from etl.replays as replayed
    where replayed.account = arrival.account
        and replayed.swapped_at > arrival.recorded_at
)
union all
select arrival.account, arrival.serial_number, 'not in the outbox'
from warehouse.arrivals as arrival
where not exists (
    select
    from etl.outbox as owed
    where owed.account = arrival.account
        and owed.key = arrival.serial_number
        and owed.kind = 'arrival'
)
union all
select owed.account, owed.key, 'owed without an arrival'
from etl.outbox as owed
where owed.kind = 'arrival'
    and owed.withdrawn_by is null
    and not exists (
        select
        from warehouse.arrivals as arrival
        where arrival.account = owed.account
            and arrival.serial_number = owed.key
    )
union all
select inbox.account, inbox.serial_number, 'taken without an arrival'
from etl.arrival_inbox as inbox
where inbox.state in ('taken', 'repeated')
    and not exists (
        select
        from warehouse.arrivals as arrival
        where arrival.account = inbox.account
            and arrival.serial_number = inbox.serial_number
    )
    and not exists (
        select
        from etl.outbox as owed
        where owed.account = inbox.account
            and owed.key = inbox.serial_number
            and owed.kind = 'arrival'
            and owed.withdrawn_by is not null
    )
