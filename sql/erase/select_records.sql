-- Purpose: the quarantined records of one account, sealed, to be looked through for the person. Reads only.
select refused.rejection_id, refused.content_sha256, refused.sealed_record
from etl.rejections as refused
where refused.account = $1
    and refused.sealed_record is not null
