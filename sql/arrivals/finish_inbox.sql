-- Purpose: what became of these rows of the inbox. One that stays open keeps the reason why it waits. Idempotent.
update etl.arrival_inbox as inbox
set
    state = decided.state,
    reason = decided.reason,
    finished_at = case when decided.state <> 'open' then now() end
from unnest($1::bigint[], $2::text[], $3::text[]) as decided (inbox_id, state, reason)
where inbox.inbox_id = decided.inbox_id
    and inbox.state = 'open'
    and (inbox.state, inbox.reason) is distinct from (decided.state, decided.reason)
