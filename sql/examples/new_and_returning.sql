-- How many of a month's visitors are new, and how many have had an appointment before?
-- 每个月新客户和老客户各有多少？
select
    date_trunc('month', visits.check_date)::date as month,
    count(distinct visits.person_id) filter (where not visits.is_returning) as new_people,
    count(distinct visits.person_id) filter (where visits.is_returning) as returning_people
from mart.person_visits as visits
where visits.check_date between date '2026-02-01' and date '2026-02-28'
    and not visits.is_cancelled
group by month
order by month;
