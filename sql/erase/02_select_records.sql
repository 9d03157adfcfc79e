-- Purpose: the quarantined records of one account, to be looked through for the person. Reads only.
select refused.rejection_id, refused.record
from etl.rejections as refused
where refused.account = $1
    and refused.record is not null
