-- Purpose: end the current versions that a chunk replaces. Before the COPY, for the index on current versions.
-- The caller compares the number of rows with its plan: a version that is no longer current stops the load.
update warehouse.reservation_versions as ended
set valid_to = found.valid_to
from (
    select current.ctid, closed.valid_to
    from unnest($2::text[], $3::integer[], $4::timestamptz[]) as closed (serial_number, version, valid_to)
    cross join lateral (
        select versions.ctid
        from warehouse.reservation_versions as versions
        where versions.account = $1
            and versions.serial_number = closed.serial_number
            and versions.version = closed.version
            and versions.valid_to = 'infinity'
        limit 1
    ) as current
) as found
where ended.ctid = found.ctid
