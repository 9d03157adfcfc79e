-- Purpose: the versions that are somebody's ($2: every person_id). Reads only.
select versions.serial_number, versions.version
from warehouse.reservation_versions as versions
where versions.account = $1
    and versions.person_id = any($2::bytea[])
order by versions.serial_number, versions.version
