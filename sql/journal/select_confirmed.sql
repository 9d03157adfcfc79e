-- Purpose: of the acknowledgements that a recovery has written, of deliveries up to $2, those that were confirmed then: all but
-- what lies in the ranges ($3: delivery, $4: by requestId, $5 and $6: first and last key). A batch callback that the platform
-- had refused was pending as single ones, which are not written again: it stays pending. Reads only.
with
ranges as (
    select known.delivery_id, known.is_batch, known.first_key collate "C" as first_key, known.last_key collate "C" as last_key
    from unnest($3::bigint[], $4::boolean[], $5::text[], $6::text[])
        as known (delivery_id, is_batch, first_key, last_key)
),

-- Deliveries whose pending single callbacks are not there.
parted as (
    select distinct ranges.delivery_id
    from ranges
    where not ranges.is_batch
        and not exists (
            select
            from etl.outbox as single
            where single.delivery_id = ranges.delivery_id
                and single.kind = 'reservation_ack'
        )
)

select owed.outbox_id
from etl.outbox as owed
where owed.account = $1
    and owed.delivery_id <= $2
    and owed.state = 'pending'
    and owed.kind in ('batch_ack', 'reservation_ack')
    and owed.delivery_id not in (select parted.delivery_id from parted)
    and not exists (
        select
        from ranges
        where ranges.delivery_id = owed.delivery_id
            and ranges.is_batch = (owed.kind = 'batch_ack')
            and owed.key collate "C" between ranges.first_key and ranges.last_key
    )
