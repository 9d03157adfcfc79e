-- Purpose: what the versions of a chunk's reservations ($2), each from one version on ($3), hold, oldest first: where their
-- fingerprints do not say whether a state is known. Reads only.
select
    known.request_id,
    known.serial_number,
    known.erhc_no,
    known.name,
    known.card_type,
    known.idcard,
    known.birthdate,
    known.sex_code,
    known.is_pregnant,
    known.married,
    known.mobile,
    known.hospital_code,
    known.hospital_name,
    known.check_date,
    known.hospital_package_id,
    known.hospital_package_name,
    known.add_combination_id,
    known.add_combination_name,
    known.examination_fee,
    known.order_status,
    known.pay_type,
    known.data_sources,
    known.extra::text as extra,
    known.fingerprint
from unnest($2::text[], $3::integer[]) as wanted (serial_number, since_version)
cross join lateral (
    select versions.*
    from warehouse.reservation_versions as versions
    where versions.account = $1
        and versions.serial_number = wanted.serial_number
        and versions.version >= wanted.since_version
    offset 0
) as known
order by known.serial_number, known.version
