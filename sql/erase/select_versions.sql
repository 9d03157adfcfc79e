-- Purpose: every version that has one of the person's person_ids ($2), and every version of the reservations $3, whatever
-- number they have, with what takes the person's place; what was erased before is left out. Reads only.
-- $4, made at random, is in what stands for the person from here on: counts of people stay true, and nobody with the id number
-- can make it again. The person_id of somebody else, who has other reservations, too, stays: else one would count as two. The
-- same goes for the fingerprint, by which the old content could be guessed.
select
    versions.serial_number,
    versions.version,
    case
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
    end as person_id,
    '\x00'::bytea || sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) as fingerprint
from warehouse.reservation_versions as versions
where versions.account = $1
    and get_byte(versions.fingerprint, 0) <> 0
    and (versions.person_id = any($2::bytea[]) or versions.serial_number = any($3::text[]))
