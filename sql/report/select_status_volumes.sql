-- Purpose: per check date and hospital, reservations by status. No fees: a day of one hospital may have one person.
-- $1: accounts; null: every one. $2, $3: first and last check date. Reads only.
select
    volumes.account,
    volumes.hospital_code,
    max(volumes.hospital_name) as hospital_name,
    volumes.order_status as code,
    volumes.check_date as day,
    sum(volumes.reservations)::bigint as reservations,
    0::bigint as amount
from mart.daily_volumes as volumes
where ($1::text[] is null or volumes.account = any($1))
    and volumes.check_date between $2 and $3
group by volumes.account, volumes.hospital_code, volumes.order_status, volumes.check_date
order by volumes.check_date, volumes.account, volumes.hospital_code, volumes.order_status
