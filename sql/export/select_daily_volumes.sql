-- Purpose: one month of the daily volumes. Reads only; no column here names a person.
-- Digits of the sum: room for a million of the largest fee that numeric(12, 2) holds.
-- Ordered by the volumes' whole key, so that the same volumes make the same file.
select
    volumes.account,
    volumes.check_date,
    volumes.hospital_code,
    volumes.hospital_name,
    volumes.hospital_package_id,
    volumes.hospital_package_name,
    volumes.data_sources,
    volumes.order_status,
    volumes.order_status_zh,
    volumes.order_status_en,
    volumes.is_cancelled,
    volumes.reservations,
    volumes.people,
    volumes.fee_total::numeric(18, 2) as fee_total,
    volumes.arrivals_reported,
    volumes.arrived
from mart.daily_volumes as volumes
where volumes.account = $1
    and volumes.check_date >= $2
    and volumes.check_date < $3
order by
    volumes.check_date,
    volumes.hospital_code,
    volumes.hospital_package_id,
    volumes.data_sources,
    volumes.order_status
