-- Purpose: take the person ($2) out of every version. Idempotent: afterwards no version is the person's.
-- $3, made at random, stands for the person from here on: counts of people stay true, and nobody with the id number can
-- make it again. The same goes for the fingerprint, by which the old content could be guessed; its first byte, 0, is no
-- version of the encoding. Of the birthday the year stays.
update warehouse.reservation_versions as versions
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
