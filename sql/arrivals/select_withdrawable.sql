-- Purpose: of the serial numbers that somebody wants to withdraw, in their order: how the outbox has the arrival, null where
-- none was taken, and whether it still counts. Reads only.
select
    owed.state,
    exists (
        select
        from warehouse.arrivals as arrival
        where arrival.account = $1
            and arrival.serial_number = asked.serial_number
    ) as is_kept
from unnest($2::text[]) with ordinality as asked (serial_number, position)
left join etl.outbox as owed
    on owed.account = $1
    and owed.kind = 'arrival'
    and owed.key = asked.serial_number
order by asked.position
