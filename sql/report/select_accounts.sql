-- Purpose: the accounts that the page is about, their first and last delivery, and the check dates that they have at all.
-- $1: accounts; null: every one. Reads only.
select
    loads.account,
    (first_load.effective_at at time zone 'Asia/Shanghai')::date as first_night,
    last_load.effective_at,
    first_volume.check_date as first_check_date,
    last_volume.check_date as last_check_date
from (select distinct load_quality.account from mart.load_quality) as loads
-- Each answered by an index, or from a table that has one row per delivery.
cross join lateral (
    select load_quality.effective_at
    from mart.load_quality
    where load_quality.account = loads.account
    order by load_quality.delivery_id
    limit 1
) as first_load
cross join lateral (
    select load_quality.effective_at
    from mart.load_quality
    where load_quality.account = loads.account
    order by load_quality.delivery_id desc
    limit 1
) as last_load
left join lateral (
    select min(daily_volumes.check_date) as check_date
    from mart.daily_volumes
    where daily_volumes.account = loads.account
) as first_volume on true
left join lateral (
    select max(daily_volumes.check_date) as check_date
    from mart.daily_volumes
    where daily_volumes.account = loads.account
) as last_volume on true
where $1::text[] is null or loads.account = any($1)
order by loads.account
