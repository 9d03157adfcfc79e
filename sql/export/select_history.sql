-- Purpose: one month of the history. $4: with the columns that name a person, or nearly (a day of birth with a hospital and a day
-- does); without, they do not leave the server.
-- Ordered, so that the same history makes the same file.
select
    versions.account,
    versions.serial_number,
    versions.version,
    versions.valid_from,
    (versions.valid_from at time zone 'Asia/Shanghai')::date as event_date,
    nullif(versions.valid_to, 'infinity') as valid_to,
    versions.valid_to = 'infinity' as is_current,
    versions.change,
    encode(versions.person_id, 'hex') as person_id,
    case when $4::boolean then versions.erhc_no end as erhc_no,
    case when $4::boolean then versions.name end as name,
    versions.card_type,
    case when $4::boolean then versions.idcard end as idcard,
    case when $4::boolean then versions.birthdate end as birthdate,
    age.years as age_years,
    mart.age_band(age.years) as age_band,
    versions.sex_code,
    versions.is_pregnant,
    versions.married,
    case when $4::boolean then versions.mobile end as mobile,
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
    versions.delivery_id,
    versions.request_id,
    versions.recorded_at
from warehouse.reservation_versions as versions
cross join lateral (
    select extract(year from age(versions.check_date, versions.birthdate))::integer as years
) as age
where versions.account = $1
    and versions.check_date >= $2
    and versions.check_date < $3
order by versions.serial_number, versions.version
