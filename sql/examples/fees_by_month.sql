-- Which fees are booked per month of the check date and hospital, cancelled reservations left out?
-- 每个体检月份、每个机构的有效预约费用是多少（不含已取消）？
select
    date_trunc('month', volumes.check_date)::date as month,
    volumes.hospital_code,
    max(volumes.hospital_name) as hospital_name,
    sum(volumes.reservations) as reservations,
    sum(volumes.fee_total) as fees,
    round(sum(volumes.fee_total) / sum(volumes.reservations), 2) as fee_per_reservation
from mart.daily_volumes as volumes
where volumes.check_date between date '2026-01-01' and date '2026-12-31'
    and not volumes.is_cancelled
group by month, volumes.hospital_code
order by month, volumes.hospital_code;
