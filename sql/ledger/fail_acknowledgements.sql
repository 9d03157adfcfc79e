-- Purpose: these could not be delivered; they stay pending.
update etl.outbox as owed
set
    attempts = owed.attempts + 1,
    last_error = failed.error
from unnest($1::bigint[], $2::text[]) as failed (outbox_id, error)
where owed.outbox_id = failed.outbox_id
    and owed.state = 'pending'
