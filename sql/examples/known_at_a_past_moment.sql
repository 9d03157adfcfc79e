-- What was known of February at the beginning of the month, beside what is known of it today?
-- 二月初时，已知的二月预约有多少？与今天所知相比如何？
select
    coalesce(known.check_date, volumes.check_date) as check_date,
    coalesce(known.reservations, 0) as known_then,
    coalesce(volumes.reservations, 0) as known_now
from (
    select then_known.check_date, sum(then_known.reservations) as reservations
    from mart.daily_volumes_as_of('2026-02-01 00:00+08', date '2026-02-01', date '2026-02-28') as then_known
    where then_known.order_status <> '5'
    group by then_known.check_date
) as known
full join (
    select daily.check_date, sum(daily.reservations) as reservations
    from mart.daily_volumes as daily
    where daily.check_date between date '2026-02-01' and date '2026-02-28'
        and not daily.is_cancelled
    group by daily.check_date
) as volumes on volumes.check_date = known.check_date
order by check_date;
