-- Purpose: take the person out of every version that has one of its person_ids ($2), and of every version of the reservations
-- $3, whatever number they have. Idempotent: what was erased before stays as it is.
-- $4, made at random, is in what stands for the person from here on: counts of people stay true, and nobody with the id number
-- can make it again. The person_id of somebody else, who has other reservations, too, stays: else one would count as two. The
-- same goes for the fingerprint, by which the old content could be guessed; its first byte, 0, is no version of the encoding.
-- Of the birthday the year stays.
update warehouse.reservation_versions as versions
set
    person_id = case
        when versions.person_id = any($2::bytea[])
            or not exists (
                select
                from warehouse.reservation_versions as others
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
