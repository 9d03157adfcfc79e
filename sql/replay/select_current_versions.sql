-- Purpose: as sql/load/select_current_versions.sql, on the shadow; a test holds the two against each other.
select
    current.serial_number,
    current.version,
    current.valid_from,
    current.fingerprint,
    current.order_status,
    current.check_date
from unnest($2::text[]) as wanted (serial_number)
cross join lateral (
    select versions.*
    from replay.reservation_versions as versions
    where versions.account = $1
        and versions.serial_number = wanted.serial_number
        and versions.valid_to = 'infinity'
    limit 1
) as current
