-- Purpose: count the breaks in the histories that a chunk changed: a gap or an overlap between two versions,
-- a version missing before the last, a last version that is not current. Must be 0. Reads only.
with
-- The versions of the changed reservations, each beside the one before it.
chained as (
    select
        versions.version,
        versions.valid_from,
        versions.valid_to,
        lag(versions.version) over history as previous_version,
        lag(versions.valid_to) over history as previous_valid_to,
        lead(versions.version) over history as next_version
    from warehouse.reservation_versions as versions
    where versions.account = $1
        and versions.serial_number = any($2)
    window history as (partition by versions.serial_number order by versions.version)
)

select count(*)
from chained
where chained.version <> coalesce(chained.previous_version, 0) + 1
    or chained.previous_valid_to <> chained.valid_from
    or (chained.next_version is null) <> (chained.valid_to = 'infinity')
