-- Purpose: as 13, in what the swap of a replay has replaced. Idempotent.
update replaced.reservation_versions as versions
set
    person_id = case
        when versions.person_id = any($2::bytea[])
            or not exists (
                select
                from replaced.reservation_versions as others
                where others.account = versions.account
                    and others.person_id = versions.person_id
                    and others.serial_number <> all($3::text[])
            )
            then sha256($4::bytea || versions.person_id)
        else versions.person_id
    end,
    erhc_no = null,
    name = null,
    idcard = null,
    birthdate = date_trunc('year', versions.birthdate::timestamp)::date,
    mobile = null,
    extra = null,
    fingerprint = '\x00'::bytea || sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
where versions.account = $1
    and get_byte(versions.fingerprint, 0) <> 0
    and (versions.person_id = any($2::bytea[]) or versions.serial_number = any($3::text[]))
