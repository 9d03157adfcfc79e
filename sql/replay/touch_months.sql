-- Purpose: the months that a swap changes are known to the exports, new ones too. Idempotent.
insert into etl.touched_months as known (account, check_month, delivery_id)
select distinct $1, date_trunc('month', touched.check_date::timestamp)::date, $2::bigint
from pg_temp.differing_versions as differing
cross join lateral (values (differing.live_check_date), (differing.replay_check_date)) as touched (check_date)
where touched.check_date is not null
on conflict (account, check_month) do update
set delivery_id = excluded.delivery_id
