-- Purpose: the acknowledgements that are pending, of deliveries up to $2, as ranges of their keys: those between two that are
-- confirmed lie together. $3: one range for each delivery and kind, wherever the confirmed ones lie. Reads only.
with
-- Deliveries with anything pending. Most nights there is none.
owing as (
    select distinct pending.delivery_id
    from etl.outbox as pending
    where pending.account = $1
        and pending.delivery_id <= $2
        and pending.state = 'pending'
        and pending.kind in ('batch_ack', 'reservation_ack')
),

-- All that they owed, in the order of the keys; pending ones without a confirmed one between them have one number.
ordered as (
    select
        owed.delivery_id,
        owed.kind,
        owed.key collate "C" as key,
        owed.state = 'pending' as is_pending,
        row_number() over (partition by owed.delivery_id, owed.kind order by owed.key collate "C")
        - row_number() over (
            partition by owed.delivery_id, owed.kind, owed.state = 'pending' order by owed.key collate "C"
        ) as range_number
    from owing
    inner join etl.outbox as owed
        on owed.delivery_id = owing.delivery_id
        and owed.kind in ('batch_ack', 'reservation_ack')
)

select ordered.delivery_id, ordered.kind = 'batch_ack' as is_batch, min(ordered.key) as first_key, max(ordered.key) as last_key
from ordered
where ordered.is_pending
group by ordered.delivery_id, ordered.kind, case when not $3::boolean then ordered.range_number end
order by ordered.delivery_id, is_batch, first_key
limit $4
