-- Purpose: the current state of every reservation for finance. No column here names a person. Ordered.
-- The first version is looked up one by one: a join of the table with itself, planned before there are statistics, would
-- compare everything with everything.
select
    current.account,
    current.serial_number,
    current.version,
    current.change,
    first.valid_from as booked_at,
    current.valid_from as changed_at,
    current.hospital_code,
    current.hospital_name,
    current.check_date,
    current.hospital_package_id,
    current.hospital_package_name,
    current.add_combination_id,
    current.add_combination_name,
    current.examination_fee,
    current.order_status,
    current.pay_type,
    current.data_sources
from warehouse.reservation_versions as current
cross join lateral (
    select versions.valid_from
    from warehouse.reservation_versions as versions
    where versions.account = current.account
        and versions.serial_number = current.serial_number
        and versions.version = 1
    limit 1
) as first
where current.account = $1
    and current.valid_to = 'infinity'
order by current.serial_number
