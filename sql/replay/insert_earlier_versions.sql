-- Purpose: a replay that does not begin with the first delivery begins with the live history as it was before delivery $2,
-- and with what the platform could deliver again then.
with
unconfirmed as (
    insert into replay.unconfirmed_reservations (account, serial_number, noted_by, since_version)
    select known.account, known.serial_number, known.noted_by, known.since_version
    from etl.unconfirmed_reservations as known
    where known.account = $1
        and known.noted_by <= $2
        and (known.confirmed_by is null or known.confirmed_by >= $2)
)

insert into replay.reservation_versions (
    account, serial_number, version, valid_from, valid_to, change, person_id,
    erhc_no, name, card_type, idcard, birthdate, sex_code, is_pregnant, married, mobile,
    hospital_code, hospital_name, check_date, hospital_package_id, hospital_package_name,
    add_combination_id, add_combination_name, examination_fee, order_status, pay_type, data_sources,
    extra, fingerprint, delivery_id, request_id
)
select
    versions.account,
    versions.serial_number,
    versions.version,
    versions.valid_from,
    lead(versions.valid_from, 1, 'infinity') over (partition by versions.serial_number order by versions.version),
    versions.change,
    versions.person_id,
    versions.erhc_no,
    versions.name,
    versions.card_type,
    versions.idcard,
    versions.birthdate,
    versions.sex_code,
    versions.is_pregnant,
    versions.married,
    versions.mobile,
    versions.hospital_code,
    versions.hospital_name,
    versions.check_date,
    versions.hospital_package_id,
    versions.hospital_package_name,
    versions.add_combination_id,
    versions.add_combination_name,
    versions.examination_fee,
    versions.order_status,
    versions.pay_type,
    versions.data_sources,
    versions.extra,
    versions.fingerprint,
    versions.delivery_id,
    versions.request_id
from warehouse.reservation_versions as versions
where versions.account = $1
    and versions.delivery_id < $2
