-- Purpose: the volumes of these dates, from the current versions. sql/checks/ asks the same of all dates at once.
insert into warehouse.daily_volumes (
    account, check_date, hospital_code, hospital_name, hospital_package_id, hospital_package_name,
    data_sources, order_status, reservations, people, fee_total, arrived, arrivals_reported
)
select
    $1,
    versions.check_date,
    versions.hospital_code,
    max(versions.hospital_name),
    versions.hospital_package_id,
    max(versions.hospital_package_name),
    versions.data_sources,
    versions.order_status,
    count(*),
    count(distinct versions.person_id),
    coalesce(sum(versions.examination_fee), 0),
    count(arrival.serial_number),
    bool_or(count(arrival.serial_number) > 0) over (partition by versions.check_date, versions.hospital_code)
from warehouse.reservation_versions as versions
left join warehouse.arrivals as arrival
    on arrival.account = versions.account
    and arrival.serial_number = versions.serial_number
where versions.account = $1
    and versions.check_date = any($2)
    and versions.valid_to = 'infinity'
group by
    versions.check_date,
    versions.hospital_code,
    versions.hospital_package_id,
    versions.data_sources,
    versions.order_status
