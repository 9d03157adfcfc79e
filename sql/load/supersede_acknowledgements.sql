-- Purpose: drop acknowledgements that older deliveries still owe. A pull answers with everything that is not yet acknowledged:
-- what it holds again, this delivery acknowledges itself; what it does not hold, the platform has marked already. Sent later,
-- an old one could confirm a state that nobody has seen. Idempotent.
update etl.outbox as owed
set
    state = 'superseded',
    finished_at = now()
where owed.account = $1
    and owed.state = 'pending'
    and owed.kind in ('batch_ack', 'reservation_ack')
    and owed.delivery_id < $2
