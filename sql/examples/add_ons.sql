-- Which add-ons are chosen most, and by which share of the reservations?
-- 哪些加项选得最多？占全部预约的多少？
select
    uptake.add_on_id,
    max(uptake.add_on_name) as add_on_name,
    sum(uptake.reservations) as reservations,
    round(
        sum(uptake.reservations) / (
            select sum(volumes.reservations)
            from mart.daily_volumes as volumes
            where volumes.check_date between date '2026-02-01' and date '2026-02-28'
                and not volumes.is_cancelled
        ),
        4
    ) as share
from mart.add_on_uptake as uptake
where uptake.check_date between date '2026-02-01' and date '2026-02-28'
group by uptake.add_on_id
order by reservations desc, uptake.add_on_id;
