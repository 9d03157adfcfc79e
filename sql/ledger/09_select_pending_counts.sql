-- Purpose: what each account still owes the platform, and since when. Reads only.
select owed.account, count(*), min(owed.created_at)
from etl.outbox as owed
where owed.state = 'pending'
group by owed.account
order by owed.account
