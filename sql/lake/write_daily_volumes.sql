-- Purpose: the volumes of each date, from the current versions, as sql/mart/insert_daily_volumes.sql makes them, without arrivals.
insert overwrite directory '${built}/daily_volumes' using parquet
select
    account,
    check_date,
    hospital_code,
    max(hospital_name) as hospital_name,
    hospital_package_id,
    max(hospital_package_name) as hospital_package_name,
    data_sources,
    order_status,
    count(*) as reservations,
    count(distinct person_id) as people,
    cast(coalesce(sum(examination_fee), 0) as decimal(24, 2)) as fee_total
from history
where valid_to is null
group by account, check_date, hospital_code, hospital_package_id, data_sources, order_status
order by account, check_date, hospital_code, hospital_package_id, data_sources, order_status
