-- Purpose: the history of accounts ($1) as of these deliveries of theirs ($2), with the columns and in the order of what another
-- engine builds from the lake. Reads only.
select
    versions.account,
    versions.serial_number,
    versions.version,
    versions.valid_from,
    -- A version that ends with a later delivery is the current one.
    case when lead(versions.version) over one_reservation is not null then versions.valid_to end as valid_to,
    versions.change,
    versions.person_id,
    versions.card_type,
    versions.age_years,
    versions.age_band,
    versions.sex_code,
    versions.is_pregnant,
    versions.married,
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
    versions.delivery_id
from unnest($1::text[], $2::bigint[]) as wanted (account, delivery_id)
inner join mart.reservation_versions as versions
    on versions.account = wanted.account
    and versions.delivery_id <= wanted.delivery_id
window one_reservation as (
    partition by versions.account collate "C", versions.serial_number collate "C" order by versions.version
)
order by versions.account collate "C", versions.serial_number collate "C", versions.version
