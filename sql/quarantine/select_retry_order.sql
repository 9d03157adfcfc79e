-- Purpose: which of these rejections ($2) of one account are open and have a record, in the order in which their records
-- were delivered. Reads only.
select refused.rejection_id
from etl.rejections as refused
where refused.account = $1
    and refused.rejection_id = any($2)
    and refused.resolved_at is null
    and refused.sealed_record is not null
order by refused.last_delivery_id, refused.last_position
