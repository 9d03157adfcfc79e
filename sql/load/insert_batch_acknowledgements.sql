-- Purpose: one callback per batch in which nothing is held back. $3: whether rejected records are held.
-- Held are the reservations whose last state was refused. A refused record without a readable requestId may belong
-- to any batch, so it keeps all of them from being acknowledged whole.
-- Nor is a batch acknowledged whole that shares a reservation with another one: were only one of the two confirmed, the
-- platform would deliver the other's states again without it, and they would look like changes. By serialNumber, all
-- states of a reservation are confirmed together, or none.
with
-- Reservations that must not be acknowledged.
held as (
    select refused.serial_number, refused.request_id
    from etl.rejections as refused
    where $3::boolean
        and refused.account = $1
        and refused.resolved_at is null
        and refused.last_delivery_id = $2
),

-- A row where the delivery has more than one batch.
several as (
    select batches.request_id
    from etl.batches as batches
    where batches.delivery_id = $2
    order by batches.request_id
    limit 1 offset 1
),

-- Reservations with records in more than one batch.
shared as (
    select records.serial_number
    from (
        select versions.serial_number, versions.request_id
        from warehouse.reservation_versions as versions
        where versions.delivery_id = $2
            and versions.account = $1
            and exists (select from several)
        union all
        select unchanged.serial_number, unchanged.request_id
        from etl.unchanged_records as unchanged
        where unchanged.delivery_id = $2
            and exists (select from several)
        union all
        select refused.serial_number, refused.request_id
        from etl.rejections as refused
        where refused.account = $1
            and refused.last_delivery_id = $2
            and exists (select from several)
    ) as records
    group by records.serial_number
    having min(records.request_id) < max(records.request_id)
),

-- Reservations whose batches are not acknowledged whole. (Where refused records are not held, they are confirmed with
-- their batch, and so is what shares a reservation with them: there would be no other callback for it.)
singled as (
    select held.serial_number
    from held
    union
    select shared.serial_number
    from shared
    where $3::boolean
        or not exists (
            select
            from etl.rejections as refused
            where refused.account = $1
                and refused.serial_number = shared.serial_number
                and refused.resolved_at is null
        )
),

-- Batches with an accepted record of one of these: an earlier or a later state of it, in this or another batch. Of an earlier delivery,
-- too: a platform that keeps a batch's id could mark all that it has ever delivered of it.
touched as (
    select records.request_id
    from singled
    cross join lateral (
        select versions.request_id
        from warehouse.reservation_versions as versions
        where versions.account = $1
            and versions.serial_number = singled.serial_number
        offset 0
    ) as records
    union
    select records.request_id
    from singled
    cross join lateral (
        select unchanged.request_id
        from etl.unchanged_records as unchanged
        where unchanged.delivery_id = $2
            and unchanged.serial_number = singled.serial_number
        offset 0
    ) as records
)

insert into etl.outbox (account, delivery_id, kind, key)
select $1, $2, 'batch_ack', batches.request_id
from etl.batches as batches
where batches.delivery_id = $2
    and case
        when batches.rejected = 0 then batches.request_id not in (select touched.request_id from touched)
        -- Not held: only the whole batch's callback confirms the refused records, too.
        else not $3::boolean
    end
    and not exists (select from held where held.request_id is null)
order by batches.request_id
