-- Purpose: these rejections are loaded ($2: number, $3: serialNumber, $4: delivery, $5: place in it), and open ones of the
-- same reservations that were delivered before them are superseded; returns these. In the retry's transaction.
with
-- The rejections that are resolved by it.
found as (
    -- Two states of a reservation may supersede the same older one.
    select resolved.rejection_id, max(retried.serial_number) as serial_number
    from unnest($2::bigint[], $3::text[], $4::bigint[], $5::bigint[])
        as retried (rejection_id, serial_number, delivery_id, position)
    cross join lateral (
        select retried.rejection_id
        union all
        select older.rejection_id
        from etl.rejections as older
        where older.account = $1
            and older.serial_number = retried.serial_number
            and older.resolved_at is null
            and (older.last_delivery_id, older.last_position) < (retried.delivery_id, retried.position)
        offset 0
    ) as resolved
    group by resolved.rejection_id
),

resolved as (
    update etl.rejections as refused
    set
        resolved_at = $6,
        resolution = case when refused.rejection_id = any($2) then 'loaded' else 'superseded' end,
        serial_number = found.serial_number,
        resolved_by = $7
    from found
    where refused.rejection_id = found.rejection_id
        and refused.account = $1
        and refused.resolved_at is null
    returning refused.rejection_id, refused.resolution
)

select resolved.rejection_id
from resolved
where resolved.resolution = 'superseded'
