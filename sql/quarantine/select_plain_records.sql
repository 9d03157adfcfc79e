-- Purpose: some records that a version before the seals has left in plain text and that have no sealed form yet.
-- Locked, so that nobody else seals them meanwhile.
select refused.rejection_id, refused.account, refused.content_sha256, refused.record
from etl.rejections as refused
where refused.record is not null
    and refused.sealed_record is null
order by refused.rejection_id
limit $1
for update
