-- Purpose: sealed records of the quarantine by number, after $1. They are locked until they are sealed again.
select refused.rejection_id, refused.account, refused.content_sha256, refused.sealed_record
from etl.rejections as refused
where refused.sealed_record is not null
    and refused.rejection_id > $1
order by refused.rejection_id
limit $2
for update
