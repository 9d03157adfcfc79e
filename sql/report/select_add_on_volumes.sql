-- Purpose: per check date and hospital, reservations by add-on, cancelled ones left out. $1: accounts; null: every one.
-- $2, $3: first and last check date. Reads only.
select
    uptake.account,
    uptake.hospital_code,
    max(uptake.hospital_name) as hospital_name,
    uptake.add_on_id as code,
    uptake.add_on_name as name,
    uptake.check_date as day,
    sum(uptake.reservations)::bigint as reservations,
    0::bigint as amount
from mart.add_on_uptake as uptake
where ($1::text[] is null or uptake.account = any($1))
    and uptake.check_date between $2 and $3
group by uptake.account, uptake.hospital_code, uptake.add_on_id, uptake.add_on_name, uptake.check_date
order by uptake.check_date, uptake.account, uptake.hospital_code, uptake.add_on_id, uptake.add_on_name
