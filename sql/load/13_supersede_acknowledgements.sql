-- Purpose: drop acknowledgements that older deliveries still owe.
-- A pull answers with everything that is not yet acknowledged, so this delivery holds those reservations again and
-- acknowledges them itself; sending the old ones later could confirm a state that was refused since. Idempotent.
update etl.outbox as owed
set
    state = 'superseded',
    finished_at = now()
where owed.account = $1
    and owed.state = 'pending'
    and owed.kind in ('batch_ack', 'reservation_ack')
    and owed.delivery_id < $2
