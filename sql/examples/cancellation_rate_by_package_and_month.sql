-- Which share of the reservations of a month was cancelled, by package?
-- 各套餐每个体检月份的取消率是多少？
select
    date_trunc('month', volumes.check_date)::date as month,
    volumes.hospital_package_id as package,
    max(volumes.hospital_package_name) as package_name,
    sum(volumes.reservations) as reservations,
    coalesce(sum(volumes.reservations) filter (where volumes.is_cancelled), 0) as cancelled,
    round(
        coalesce(sum(volumes.reservations) filter (where volumes.is_cancelled), 0) / sum(volumes.reservations), 4
    ) as cancellation_rate
from mart.daily_volumes as volumes
where volumes.check_date between date '2026-01-01' and date '2026-03-31'
group by month, volumes.hospital_package_id
order by month, package;
