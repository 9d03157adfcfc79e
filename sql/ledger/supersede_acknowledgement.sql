-- Purpose: a batch callback that the platform refused is replaced by single ones. Idempotent.
update etl.outbox as owed
set
    state = 'superseded',
    attempts = owed.attempts + 1,
    last_error = $2,
    finished_at = now()
where owed.outbox_id = $1
    and owed.state = 'pending'
