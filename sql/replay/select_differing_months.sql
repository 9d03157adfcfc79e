-- Purpose: how the shadow differs from the live history, by month of check dates. Reads only.
select
    date_trunc('month', coalesce(differing.live_check_date, differing.replay_check_date)::timestamp)::date as check_month,
    count(*) filter (where differing.kind = 'live_only') as live_only,
    count(*) filter (where differing.kind = 'replay_only') as replay_only,
    count(*) filter (where differing.kind = 'different') as different
from pg_temp.differing_versions as differing
group by 1
order by 1
