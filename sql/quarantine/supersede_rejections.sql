-- Purpose: these records are older than what the history has taken since of their reservations. Idempotent.
update etl.rejections as refused
set
    resolved_at = $3,
    resolution = 'superseded',
    resolved_by = $4
where refused.account = $1
    and refused.rejection_id = any($2)
    and refused.resolved_at is null
