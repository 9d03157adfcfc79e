-- Purpose: a reservation whose last state in the chunk was accepted has no open rejection. Idempotent.
update etl.rejections as known
set
    resolved_at = $2,
    resolution = 'superseded'
from (
    select open.ctid
    from unnest($3::text[]) as accepted (serial_number)
    cross join lateral (
        select refused.ctid
        from etl.rejections as refused
        where refused.account = $1
            and refused.serial_number = accepted.serial_number
            and refused.resolved_at is null
        offset 0
    ) as open
) as found
where known.ctid = found.ctid
