-- Purpose: the reasons for which records are refused now. Idempotent.
update etl.rejections as refused
set reasons = judged.reasons
from unnest($2::bigint[], $3::jsonb[]) as judged (rejection_id, reasons)
where refused.account = $1
    and refused.rejection_id = judged.rejection_id
    and refused.reasons <> judged.reasons
