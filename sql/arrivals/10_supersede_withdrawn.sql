-- Purpose: withdrawn arrivals are not owed any more; beside when stands who has withdrawn them ($3), and what the platform
-- said last. Never one that it has confirmed. Idempotent.
update etl.outbox as owed
set
    state = 'superseded',
    last_error = concat_ws(
        '; before: ',
        'withdrawn by ' || $3::text || ' (login ' || session_user || ')',
        owed.last_error
    ),
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
