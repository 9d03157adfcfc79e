-- Purpose: remember which check dates this delivery changed: their volumes are made again after the commit. Idempotent.
insert into etl.stale_check_dates (account, check_date)
select $1, touched.check_date
from unnest($2::date[]) as touched (check_date)
on conflict (account, check_date) do nothing
