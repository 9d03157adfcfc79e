-- Purpose: as sql/load/close_versions.sql, on the shadow; a test holds the two against each other.
update replay.reservation_versions as ended
set valid_to = found.valid_to
from (
    select current.ctid, closed.valid_to
    from unnest($2::text[], $3::integer[], $4::timestamptz[]) as closed (serial_number, version, valid_to)
    cross join lateral (
        select versions.ctid
        from replay.reservation_versions as versions
        where versions.account = $1
            and versions.serial_number = closed.serial_number
            and versions.version = closed.version
            and versions.valid_to = 'infinity'
        limit 1
    ) as current
) as found
where ended.ctid = found.ctid
