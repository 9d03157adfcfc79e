-- Purpose: quarantined records past their days: resolved, or not delivered again, since $2. Idempotent.
delete from etl.rejections as refused
where refused.account = $1
    and greatest(refused.last_seen_at, refused.resolved_at) < $2
