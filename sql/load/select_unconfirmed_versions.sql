-- Purpose: of a chunk's reservations that the platform may deliver again with several states, the contents of the versions
-- that these made, oldest first. Reads only.
select wanted.serial_number, tail.fingerprints
from unnest($2::text[]) as wanted (serial_number)
cross join lateral (
    select known.since_version
    from etl.unconfirmed_reservations as known
    where known.account = $1
        and known.serial_number = wanted.serial_number
        and known.confirmed_by is null
    limit 1
) as unconfirmed
cross join lateral (
    select array_agg(versions.fingerprint order by versions.version) as fingerprints
    from warehouse.reservation_versions as versions
    where versions.account = $1
        and versions.serial_number = wanted.serial_number
        and versions.version >= unconfirmed.since_version
) as tail
where tail.fingerprints is not null
