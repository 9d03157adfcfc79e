-- Purpose: remember which months of check dates this delivery changed: their exports are owed. Idempotent.
insert into etl.touched_months as known (account, check_month, delivery_id)
select $1, touched.check_month, $2
from unnest($3::date[]) as touched (check_month)
on conflict (account, check_month) do update
set delivery_id = excluded.delivery_id
