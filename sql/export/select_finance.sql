-- Purpose: the current state of every reservation for finance. Ordered. The view has no column that names a person.
select
    reservations.account,
    reservations.serial_number,
    reservations.version,
    reservations.change,
    reservations.booked_at,
    reservations.booked_date,
    reservations.changed_at,
    reservations.changed_date,
    reservations.hospital_code,
    reservations.hospital_name,
    reservations.check_date,
    to_char(reservations.check_date, 'YYYY-MM') as check_month,
    reservations.hospital_package_id,
    reservations.hospital_package_name,
    reservations.add_combination_id,
    reservations.add_combination_name,
    reservations.examination_fee,
    reservations.order_status,
    reservations.pay_type,
    reservations.data_sources
from finance.reservations as reservations
where reservations.account = $1
order by reservations.serial_number
