-- Purpose: single callbacks for the accepted reservations of the batches that are not acknowledged whole.
-- $3: only the batch of this requestId (a batch callback that the platform refused); null: all of the delivery.
with
-- Batches that stand in the outbox as a whole.
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

-- Accepted records: those that opened a version and those that changed nothing.
accepted as (
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
)

insert into etl.outbox (account, delivery_id, kind, key)
select distinct $1, $2, 'reservation_ack', accepted.serial_number
from accepted
where ($3::text is null or accepted.request_id = $3)
    and accepted.request_id not in (select whole.request_id from whole)
    and not exists (
        select
        from etl.rejections as refused
        where refused.account = $1
            and refused.serial_number = accepted.serial_number
            and refused.resolved_at is null
    )
on conflict (delivery_id, kind, key) do nothing
