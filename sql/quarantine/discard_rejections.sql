-- Purpose: forget these open records ($2) for good. What they were refused for stays, until its days are over. Idempotent.
update etl.rejections as refused
set
    sealed_record = null,
    resolved_at = $3,
    resolution = 'discarded',
    resolved_by = $4
where refused.account = $1
    and refused.rejection_id = any($2)
    and refused.resolved_at is null
