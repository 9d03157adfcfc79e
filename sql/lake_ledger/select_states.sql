-- Purpose: the versions that the deliveries of a publication ($2) of a lake ($1) have opened, without what names a person; of the day
-- of birth the age. The content's digest is to be keyed before anybody gets it. Ordered, so that the same publication makes the same
-- file.
select
    versions.account,
    versions.serial_number,
    versions.delivery_id,
    (row_number() over (
        partition by versions.account, versions.serial_number, versions.delivery_id
        order by versions.version
    ))::integer as position,
    encode(versions.fingerprint, 'hex') as content_id,
    null::bigint as unconfirmed_pull,
    encode(versions.person_id, 'hex') as person_id,
    versions.card_type,
    age.years as age_years,
    mart.age_band(age.years) as age_band,
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
    versions.data_sources
from etl.lake_deliveries as delivery
inner join warehouse.reservation_versions as versions
    on versions.delivery_id = delivery.delivery_id
cross join lateral (
    select extract(year from age(versions.check_date, versions.birthdate))::integer as years
) as age
where delivery.lake = $1
    and delivery.number = $2
order by
    versions.account collate "C",
    versions.serial_number collate "C",
    versions.delivery_id,
    position
