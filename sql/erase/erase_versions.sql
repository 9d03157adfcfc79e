-- Purpose: take the person out of these versions ($2, $3), in the live history or in a replay's shadow: all that says who it
-- is, and of the birthday all but the year. $4 stands for the person from here on, $5 for the content; its first byte, 0, is no
-- version of the encoding. Each is looked up by itself, as in sql/session/configure_transaction.sql. Idempotent.
update warehouse.reservation_versions as versions
set
    person_id = found.person_id,
    erhc_no = null,
    name = null,
    idcard = null,
    birthdate = date_trunc('year', versions.birthdate::timestamp)::date,
    mobile = null,
    extra = null,
    fingerprint = found.fingerprint
from (
    select known.ctid, erased.person_id, erased.fingerprint
    from unnest($2::text[], $3::integer[], $4::bytea[], $5::bytea[])
        as erased (serial_number, version, person_id, fingerprint)
    cross join lateral (
        select named.ctid
        from warehouse.reservation_versions as named
        where named.account = $1
            and named.serial_number = erased.serial_number
            and named.version = erased.version
        limit 1
    ) as known
) as found
where versions.ctid = found.ctid
