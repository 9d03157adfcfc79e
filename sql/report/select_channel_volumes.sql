-- Purpose: per check date and hospital, reservations that stand, and cancelled ones beside them, by booking channel.
-- $1: accounts; null: every one. $2, $3: first and last check date. Reads only.
select
    volumes.account,
    volumes.hospital_code,
    max(volumes.hospital_name) as hospital_name,
    volumes.data_sources as code,
    null::text as name,
    volumes.check_date as day,
    coalesce(sum(volumes.reservations) filter (where not volumes.is_cancelled), 0)::bigint as reservations,
    coalesce(sum(volumes.reservations) filter (where volumes.is_cancelled), 0)::bigint as amount
from mart.daily_volumes as volumes
where ($1::text[] is null or volumes.account = any($1))
    and volumes.check_date between $2 and $3
group by volumes.account, volumes.hospital_code, volumes.data_sources, volumes.check_date
order by volumes.check_date, volumes.account, volumes.hospital_code, volumes.data_sources
