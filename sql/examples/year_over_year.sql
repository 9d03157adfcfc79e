-- How do this year's months compare with the same months of the year before?
-- 今年各月与去年同月相比如何？
select
    extract(month from volumes.check_date)::integer as month,
    coalesce(sum(volumes.reservations) filter (where volumes.check_date < date '2026-01-01'), 0) as before,
    coalesce(sum(volumes.reservations) filter (where volumes.check_date >= date '2026-01-01'), 0) as now,
    round(
        sum(volumes.reservations) filter (where volumes.check_date >= date '2026-01-01')
            / nullif(sum(volumes.reservations) filter (where volumes.check_date < date '2026-01-01'), 0) - 1,
        4
    ) as change
from mart.daily_volumes as volumes
where (
        volumes.check_date between date '2025-01-01' and date '2025-03-31'
        or volumes.check_date between date '2026-01-01' and date '2026-03-31'
    )
    and not volumes.is_cancelled
group by extract(month from volumes.check_date)
order by month;
