-- Purpose: take out of the live history what the shadow does not have, or has otherwise. What is the same stays where it is.
delete from warehouse.reservation_versions as versions
using pg_temp.differing_versions as differing
where versions.account = $1
    and versions.serial_number = differing.serial_number
    and versions.version = differing.version
    and differing.kind in ('live_only', 'different')
