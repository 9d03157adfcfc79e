-- Purpose: per check date and hospital, reservations and fees (in fen) by package, cancelled reservations left out.
-- $1: accounts; null: every one. $2, $3: first and last check date. Reads only.
select
    volumes.account,
    volumes.hospital_code,
    max(volumes.hospital_name) as hospital_name,
    volumes.hospital_package_id as code,
    volumes.hospital_package_name as name,
    volumes.check_date as day,
    sum(volumes.reservations)::bigint as reservations,
    (sum(volumes.fee_total) * 100)::bigint as amount
from mart.daily_volumes as volumes
where ($1::text[] is null or volumes.account = any($1))
    and volumes.check_date between $2 and $3
    and not volumes.is_cancelled
group by
    volumes.account,
    volumes.hospital_code,
    volumes.hospital_package_id,
    volumes.hospital_package_name,
    volumes.check_date
order by
    volumes.check_date,
    volumes.account,
    volumes.hospital_code,
    volumes.hospital_package_id,
    volumes.hospital_package_name
