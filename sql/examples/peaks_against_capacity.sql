-- Which days are the fullest beside the places that a hospital has? (mart.capacity: the hospital fills it.)
-- 对照可接待人数，哪些天最满？（mart.capacity 由医院填写。）
select
    capacity.day,
    days.weekday_zh,
    days.holiday,
    capacity.hospital_code,
    coalesce(volumes.reservations, 0) as reservations,
    capacity.places,
    round(coalesce(volumes.reservations, 0) / nullif(capacity.places, 0), 4) as share_taken
from mart.capacity as capacity
inner join mart.calendar_days as days on days.day = capacity.day
left join (
    select daily.account, daily.hospital_code, daily.check_date, sum(daily.reservations) as reservations
    from mart.daily_volumes as daily
    where daily.check_date between date '2026-01-01' and date '2026-03-31'
        and not daily.is_cancelled
    group by daily.account, daily.hospital_code, daily.check_date
) as volumes
    on volumes.account = capacity.account
    and volumes.hospital_code = capacity.hospital_code
    and volumes.check_date = capacity.day
where capacity.day between date '2026-01-01' and date '2026-03-31'
order by share_taken desc nulls last, capacity.day, capacity.hospital_code
limit 20;
