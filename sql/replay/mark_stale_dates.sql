-- Purpose: volumes of the check dates that a swap changes are to be made anew. Idempotent.
insert into etl.stale_check_dates (account, check_date)
select distinct $1, touched.check_date
from pg_temp.differing_versions as differing
cross join lateral (values (differing.live_check_date), (differing.replay_check_date)) as touched (check_date)
where touched.check_date is not null
on conflict (account, check_date) do nothing
