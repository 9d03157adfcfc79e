-- On which weekdays do people stay away, at hospitals that report arrivals?
-- 上报了到检的机构，星期几未到检最多？
select
    rates.hospital_code,
    max(rates.hospital_name) as hospital_name,
    days.weekday,
    max(days.weekday_zh) as weekday_zh,
    sum(rates.booked) as booked,
    sum(rates.no_shows) as no_shows,
    round(sum(rates.no_shows) / sum(rates.booked), 4) as no_show_rate
from mart.arrival_rates as rates
inner join mart.calendar_days as days on days.day = rates.check_date
where rates.check_date between date '2026-01-01' and date '2026-03-31'
    and rates.is_over
    and rates.arrivals_reported
group by rates.hospital_code, days.weekday
order by rates.hospital_code, days.weekday;
