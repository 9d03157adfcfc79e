-- Purpose: add a chunk's new versions. recorded_at takes its default, the transaction's start.
copy warehouse.reservation_versions (
    account, serial_number, version, valid_from, valid_to, change, person_id,
    erhc_no, name, card_type, idcard, birthdate, sex_code, is_pregnant, married, mobile,
    hospital_code, hospital_name, check_date, hospital_package_id, hospital_package_name,
    add_combination_id, add_combination_name, examination_fee, order_status, pay_type, data_sources,
    extra, fingerprint, delivery_id, request_id
) from stdin (format binary)
