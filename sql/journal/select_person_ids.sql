-- Purpose: whose these versions are ($2: serialNumber, $3: version). Reads only.
select distinct versions.person_id
from unnest($2::text[], $3::integer[]) as own (serial_number, version)
inner join warehouse.reservation_versions as versions
    on versions.account = $1
    and versions.serial_number = own.serial_number
    and versions.version = own.version
where versions.person_id is not null
