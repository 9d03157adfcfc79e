-- Purpose: unchanged records are remembered only until their delivery is acknowledged. Idempotent.
delete from etl.unchanged_records as unchanged
using etl.deliveries as delivery
where unchanged.delivery_id = delivery.delivery_id
    and delivery.account = $1
    and not exists (
        select
        from etl.outbox as owed
        where owed.delivery_id = delivery.delivery_id
            and owed.state = 'pending'
    )
