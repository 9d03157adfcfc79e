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

-- Accepted records: those that opened a version and those that changed nothing.
accepted as (
    select versions.serial_number, versions.request_id
    from warehouse.reservation_versions as versions
    where versions.delivery_id = $2
        and versions.account = $1
    union
    select unchanged.serial_number, unchanged.request_id
    from etl.unchanged_records as unchanged
    where unchanged.delivery_id = $2
),

-- Refused records that a later one of this delivery has made good. The later one's batch may stand in the outbox as a
-- whole, and theirs never does: without a callback of its own, the platform would deliver the refused one for ever.
mended as (
    select refused.serial_number
    from etl.rejections as refused
    where $3::text is null
        and refused.account = $1
        and refused.last_delivery_id = $2
        and refused.resolved_at is not null
)

insert into etl.outbox (account, delivery_id, kind, key)
select distinct $1, $2, 'reservation_ack', owed.serial_number
from (
    select accepted.serial_number
    from accepted
    where ($3::text is null or accepted.request_id = $3)
        and accepted.request_id not in (select whole.request_id from whole)
    union all
    select mended.serial_number
    from mended
) as owed
where not exists (
    select
    from etl.rejections as refused
    where refused.account = $1
        and refused.serial_number = owed.serial_number
        and refused.resolved_at is null
)
on conflict (delivery_id, kind, key) do nothing
