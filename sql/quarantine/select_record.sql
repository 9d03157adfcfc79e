-- Purpose: one record of the quarantine, sealed, unless it was discarded or erased. Reads only.
select refused.account, refused.content_sha256, refused.sealed_record
from etl.rejections as refused
where refused.rejection_id = $1
    and refused.sealed_record is not null
