-- Purpose: single callbacks for the accepted and the discarded reservations of the batches that are not acknowledged whole.
-- $3: only the batch of this requestId (a batch callback that the platform refused); null: all of the delivery.
with
-- Batches that are in the outbox as a whole.
whole as (
    select owed.key as request_id
    from etl.outbox as owed
    where owed.delivery_id = $2
        and owed.kind = 'batch_ack'
        and owed.key is distinct from $3::text
),

-- A row where there is anything to do.
parted as (
    select batches.request_id
    from etl.batches as batches
    where batches.delivery_id = $2
        and batches.request_id not in (select whole.request_id from whole)
    limit 1
),

-- Records that are done with: those that opened a version, those that changed nothing, and refused ones that somebody has
-- discarded.
settled as (
    select versions.serial_number, versions.request_id
    from warehouse.reservation_versions as versions
    where versions.delivery_id = $2
        and versions.account = $1
        and exists (select from parted)
    union
    select unchanged.serial_number, unchanged.request_id
    from etl.unchanged_records as unchanged
    where unchanged.delivery_id = $2
        and exists (select from parted)
    union
    select discarded.serial_number, coalesce(discarded.request_id, '') as request_id
    from etl.rejections as discarded
    where discarded.account = $1
        and discarded.last_delivery_id = $2
        and discarded.resolution = 'discarded'
        and discarded.serial_number is not null
)

insert into etl.outbox (account, delivery_id, kind, key)
select distinct $1, $2, 'reservation_ack', settled.serial_number
from settled
where ($3::text is null or settled.request_id = $3)
    and settled.request_id not in (select whole.request_id from whole)
    and not exists (
        select
        from etl.rejections as refused
        where refused.account = $1
            and refused.serial_number = settled.serial_number
            and refused.resolved_at is null
    )
on conflict (delivery_id, kind, key, account) do nothing
