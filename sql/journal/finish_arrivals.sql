-- Purpose: arrivals that the platform had confirmed: they are not told again. Idempotent.
update etl.outbox as owed
set
    state = 'done',
    last_error = null,
    finished_at = now()
where owed.account = $1
    and owed.kind = 'arrival'
    and owed.key = any($2)
    and owed.state = 'pending'
