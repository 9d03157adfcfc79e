-- How full is a day 28, 14, 7, 3 and 1 days before, on average, compared with what it is at its end?
-- 体检前 28、14、7、3、1 天平均已有多少预约，占体检当天结束时的多少？
select
    pickup.hospital_code,
    pickup.days_before,
    round(avg(pickup.reservations), 1) as reservations,
    round(sum(pickup.reservations) / nullif(sum(pickup.reservations_at_last), 0), 4) as share_of_last
from (
    select
        standing.hospital_code,
        standing.days_before,
        standing.reservations,
        max(standing.reservations) filter (where standing.days_before = 0) over (
            partition by standing.account, standing.check_date, standing.hospital_code
        ) as reservations_at_last
    from mart.pickup as standing
    where standing.check_date between date '2026-02-01' and date '2026-02-28'
        and standing.days_before in (28, 14, 7, 3, 1, 0)
) as pickup
-- Days that are still to come have no end to compare with.
where pickup.reservations_at_last is not null
group by pickup.hospital_code, pickup.days_before
order by pickup.hospital_code, pickup.days_before desc;
