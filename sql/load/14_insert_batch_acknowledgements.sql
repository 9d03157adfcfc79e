-- Purpose: one callback per batch in which nothing is held back. $3: whether rejected records are held.
-- Held are the reservations whose last state was refused. A refused record without a readable requestId may belong
-- to any batch, so it keeps all of them from being acknowledged whole.
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

-- Batches with an accepted record of a held reservation: an earlier state of it, in this or another batch.
touched as (
    select versions.request_id
    from warehouse.reservation_versions as versions
    where versions.delivery_id = $2
        and versions.account = $1
        and exists (select from held)
        and versions.serial_number in (select held.serial_number from held)
    union
    select unchanged.request_id
    from etl.unchanged_records as unchanged
    where unchanged.delivery_id = $2
        and exists (select from held)
        and unchanged.serial_number in (select held.serial_number from held)
)

insert into etl.outbox (account, delivery_id, kind, key)
select $1, $2, 'batch_ack', batches.request_id
from etl.batches as batches
where batches.delivery_id = $2
    and (not $3::boolean or batches.rejected = 0)
    and not exists (select from held where held.request_id is null)
    and batches.request_id not in (select touched.request_id from touched)
order by batches.request_id
