-- Purpose: put on record that $2 sees the record of a rejection, before anybody sees it.
insert into etl.access_log (account, action, subject_id, operator)
select refused.account, 'quarantine_show', refused.rejection_id, $2
from etl.rejections as refused
where refused.rejection_id = $1
