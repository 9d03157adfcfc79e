-- Purpose: the platform has confirmed these. Idempotent.
update etl.outbox as owed
set
    state = 'done',
    attempts = owed.attempts + 1,
    last_error = null,
    finished_at = now()
where owed.outbox_id = any($1)
    and owed.state = 'pending'
