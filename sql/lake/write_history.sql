-- Purpose: the history. Sorted as a whole, file after file, so that who compares it reads it once.
insert overwrite directory '${built}/history' using parquet
select
    states.account,
    states.serial_number,
    kept_outcomes.version,
    timestamp_micros(kept_outcomes.valid_from_us) as valid_from,
    timestamp_micros(kept_outcomes.valid_to_us) as valid_to,
    kept_outcomes.change,
    states.person_id,
    states.card_type,
    states.age_years,
    states.age_band,
    states.sex_code,
    states.is_pregnant,
    states.married,
    states.hospital_code,
    states.hospital_name,
    states.check_date,
    states.hospital_package_id,
    states.hospital_package_name,
    states.add_combination_id,
    states.add_combination_name,
    states.examination_fee,
    states.order_status,
    states.pay_type,
    states.data_sources,
    states.delivery_id
from kept_outcomes
inner join states
    on states.account_cell = kept_outcomes.account_cell
    and states.serial_number_cell = kept_outcomes.serial_number_cell
    and states.delivery_id = kept_outcomes.delivery_id
    and states.position = kept_outcomes.position
where kept_outcomes.version is not null
order by states.account, states.serial_number, kept_outcomes.version
