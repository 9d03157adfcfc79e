-- Purpose: as 08 counts versions, in the history that the swap of a replay has replaced. For the owner only. Reads only.
select count(*) as replaced
from replaced.reservation_versions as versions
where versions.account = $1
    and get_byte(versions.fingerprint, 0) <> 0
    and (versions.person_id = any($2::bytea[]) or versions.serial_number = any($3::text[]))
