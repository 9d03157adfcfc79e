-- No record of the quarantine is in plain text. (Right after an upgrade there may be: the next run seals them.)
-- Invariant: No name and no number can be read in the landing folder or in the quarantine; what was in plain text is
-- sealed before anything else.
select refused.rejection_id, refused.account
from etl.rejections as refused
where refused.record is not null
