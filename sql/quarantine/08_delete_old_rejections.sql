-- Purpose: quarantined records past their days: resolved, or not delivered again, since $2. One that was discarded or erased
-- is known by its empty row only, which stays as long as a landed file may still hold the record (since $3): a replay of the
-- file must know it. Idempotent.
delete from etl.rejections as refused
where refused.account = $1
    and greatest(refused.last_seen_at, refused.resolved_at) < case
        when refused.sealed_record is null and refused.record is null then least($2::timestamptz, $3::timestamptz)
        else $2
    end
