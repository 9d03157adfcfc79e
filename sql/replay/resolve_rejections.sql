-- Purpose: as sql/load/resolve_rejections.sql, on the shadow; a test holds the two against each other.
update replay.rejections as known
set
    resolved_at = $2,
    resolution = 'superseded'
from (
    select open.ctid
    from unnest($3::text[]) as accepted (serial_number)
    cross join lateral (
        select refused.ctid
        from replay.rejections as refused
        where refused.account = $1
            and refused.serial_number = accepted.serial_number
            and refused.resolved_at is null
        offset 0
    ) as open
) as found
where known.ctid = found.ctid
