-- Purpose: one record of the quarantine, sealed, or plain if it is not sealed yet. Reads only.
select refused.account, refused.content_sha256, refused.sealed_record, refused.record
from etl.rejections as refused
where refused.rejection_id = $1
