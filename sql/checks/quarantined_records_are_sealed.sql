-- No record of the quarantine is in plain text. (Right after an upgrade there may be: the next run seals them.)
select refused.rejection_id, refused.account
from etl.rejections as refused
where refused.record is not null
