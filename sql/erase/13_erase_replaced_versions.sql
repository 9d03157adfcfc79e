-- Purpose: as 09, in what the swap of a replay has replaced. Idempotent.
update replaced.reservation_versions as versions
set
    person_id = $3,
    erhc_no = null,
    name = null,
    idcard = null,
    birthdate = date_trunc('year', versions.birthdate::timestamp)::date,
    mobile = null,
    extra = null,
    fingerprint = '\x00'::bytea || sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
where versions.account = $1
    and versions.person_id = $2
