-- Purpose: withdrawn arrivals are not owed any more, and who has withdrawn them ($3) is kept with the time. Never one that the
-- platform has confirmed. Idempotent.
update etl.outbox as owed
set
    state = 'superseded',
    withdrawn_by = $3::text || ' (login ' || session_user || ')',
    finished_at = now()
where owed.account = $1
    and owed.kind = 'arrival'
    and owed.key = any($2)
    and owed.state <> 'done'
    and exists (
        select
        from warehouse.arrivals as arrival
        where arrival.account = owed.account
            and arrival.serial_number = owed.key
    )
