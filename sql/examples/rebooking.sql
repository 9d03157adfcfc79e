-- Of those who cancelled an appointment, how many booked again, and how soon?
-- 取消预约的人中，多少人又重新预约？隔了多少天？
select
    date_trunc('month', visits.check_date)::date as month,
    count(*) as cancelled,
    count(*) filter (where visits.was_rebooked) as rebooked,
    round(count(*) filter (where visits.was_rebooked) / count(*)::numeric, 4) as rebooking_rate,
    round(avg(visits.rebooked_date - visits.cancelled_date), 1) as days_until_rebooked
from mart.person_visits as visits
where visits.check_date between date '2026-01-01' and date '2026-03-31'
    and visits.is_cancelled
group by month
order by month;
