-- A beginning: what a month brings, by hospital. Cancelled reservations are counted apart; who came is null as long as the
-- hospital reports nobody.
select
    account,
    date_trunc('month', check_date::timestamp)::date as check_month,
    hospital_code,
    max(hospital_name) as hospital_name,
    coalesce(sum(reservations) filter (where not is_cancelled), 0)::bigint as reservations,
    coalesce(sum(reservations) filter (where is_cancelled), 0)::bigint as cancelled,
    sum(arrived) filter (where not is_cancelled)::bigint as arrived,
    coalesce(sum(fee_total) filter (where not is_cancelled), 0) as fee_total
from {{ source('mart', 'daily_volumes') }}
group by account, check_month, hospital_code
