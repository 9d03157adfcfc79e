-- Purpose: open what was resolved by a state that today's contract refuses, and what a retry has loaded that it refuses.
-- Idempotent.
update etl.rejections as refused
set
    resolved_at = null,
    resolution = null,
    resolved_by = null,
    reasons = replayed.reasons,
    replay_id = $2
from replay.rejections as replayed
where refused.account = $1
    and refused.resolved_at is not null
    and refused.sealed_record is not null
    and replayed.account = refused.account
    and replayed.content_sha256 = refused.content_sha256
    and replayed.resolved_at is null
