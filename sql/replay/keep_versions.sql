-- Purpose: keep the whole history of the account as it is before the swap, until it is dropped.
insert into replaced.reservation_versions (
    account, serial_number, version, valid_from, valid_to, change, person_id,
    erhc_no, name, card_type, idcard, birthdate, sex_code, is_pregnant, married, mobile,
    hospital_code, hospital_name, check_date, hospital_package_id, hospital_package_name,
    add_combination_id, add_combination_name, examination_fee, order_status, pay_type, data_sources,
    extra, fingerprint, delivery_id, request_id, recorded_at
)
select
    versions.account,
    versions.serial_number,
    versions.version,
    versions.valid_from,
    versions.valid_to,
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
    versions.request_id,
    versions.recorded_at
from warehouse.reservation_versions as versions
where versions.account = $1
