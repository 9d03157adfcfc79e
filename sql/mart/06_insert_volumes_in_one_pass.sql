-- Purpose: the same volumes for many dates: the account's current versions are read once, in the order in which they lie,
-- and sorted. Date by date, a first load of a million would read every page of the table once per date.
insert into warehouse.daily_volumes (
    account, check_date, hospital_code, hospital_name, hospital_package_id, hospital_package_name,
    data_sources, order_status, reservations, people, fee_total, arrived
)
select
    versions.account,
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
    count(arrival.serial_number)
from warehouse.reservation_versions as versions
left join warehouse.arrivals as arrival
    on arrival.account = versions.account
    and arrival.serial_number = versions.serial_number
where versions.account = $1
    and versions.check_date = any($2)
    and versions.valid_to = 'infinity'
group by
    versions.account,
    versions.check_date,
    versions.hospital_code,
    versions.hospital_package_id,
    versions.data_sources,
    versions.order_status
