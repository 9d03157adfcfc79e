-- Purpose: each account's reservations per check date, cancelled ones left out, from $1 days before its last delivery to
-- $2 days after it. Days without any are there, with 0. Reads only.
with
-- The last day that the account's history knows of.
known as (
    select delivery.account, (max(delivery.effective_at) at time zone 'Asia/Shanghai')::date as last_date
    from etl.deliveries as delivery
    group by delivery.account
)

select
    known.account,
    days.check_date::date as check_date,
    coalesce(volumes.reservations, 0)::bigint as reservations
from known
cross join lateral generate_series(
    known.last_date - $1::integer,
    known.last_date + $2::integer,
    interval '1 day'
) as days (check_date)
cross join lateral (
    select sum(daily.reservations) as reservations
    from warehouse.daily_volumes as daily
    where daily.account = known.account
        and daily.check_date = days.check_date::date
        and daily.order_status <> '5'
) as volumes
order by known.account, days.check_date
