-- Purpose: finance.reservations as it was when this delivery was the newest. Ordered as a snapshot is. Reads the account's
-- whole history.
select
    latest.account,
    latest.serial_number,
    latest.version,
    latest.change,
    first.valid_from as booked_at,
    (first.valid_from at time zone 'Asia/Shanghai')::date as booked_date,
    latest.valid_from as changed_at,
    (latest.valid_from at time zone 'Asia/Shanghai')::date as changed_date,
    latest.hospital_code,
    latest.hospital_name,
    latest.check_date,
    to_char(latest.check_date, 'YYYY-MM') as check_month,
    latest.hospital_package_id,
    latest.hospital_package_name,
    latest.add_combination_id,
    latest.add_combination_name,
    latest.examination_fee,
    latest.order_status,
    latest.pay_type,
    latest.data_sources
from warehouse.reservation_versions as latest
cross join lateral (
    select versions.valid_from
    from warehouse.reservation_versions as versions
    where versions.account = latest.account
        and versions.serial_number = latest.serial_number
        and versions.version = 1
    limit 1
) as first
left join lateral (
    select versions.delivery_id
    from warehouse.reservation_versions as versions
    where versions.account = latest.account
        and versions.serial_number = latest.serial_number
        and versions.version = latest.version + 1
    limit 1
) as next on true
where latest.account = $1
    and latest.delivery_id <= $2
    and (next.delivery_id is null or next.delivery_id > $2)
order by latest.serial_number
