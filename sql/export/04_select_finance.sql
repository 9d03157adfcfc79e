-- Purpose: the current state of every reservation for finance. No column here names a person. Ordered.
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
inner join warehouse.reservation_versions as first
    on first.account = current.account
    and first.serial_number = current.serial_number
    and first.version = 1
where current.account = $1
    and current.valid_to = 'infinity'
order by current.serial_number
