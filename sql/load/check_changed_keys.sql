-- Purpose: count the breaks in the histories that a chunk changed, from the version before its first new one ($3) on: a gap
-- or an overlap between two versions, a version missing before the last, a last version that is not current. Must be 0.
-- What lies before was checked when it was loaded: so a reservation of many states costs each chunk no more than the chunk
-- has of it. Reads only.
with
-- These versions of the changed reservations, each beside the one before it.
chained as (
    select
        versions.version,
        changed.first_version,
        versions.valid_from,
        versions.valid_to,
        lag(versions.version) over history as previous_version,
        lag(versions.valid_to) over history as previous_valid_to,
        lead(versions.version) over history as next_version
    from unnest($2::text[], $3::integer[]) as changed (serial_number, first_version)
    cross join lateral (
        select known.serial_number, known.version, known.valid_from, known.valid_to
        from warehouse.reservation_versions as known
        where known.account = $1
            and known.serial_number = changed.serial_number
            and known.version >= changed.first_version - 1
        offset 0
    ) as versions
    window history as (partition by versions.serial_number order by versions.version)
)

select count(*) as breaks
from chained
where chained.version <> coalesce(chained.previous_version + 1, greatest(chained.first_version - 1, 1))
    or chained.previous_valid_to <> chained.valid_from
    or (chained.next_version is null) <> (chained.valid_to = 'infinity')
