-- Purpose: what was committed, in its order, and what the ledger knows of it: a landed file that is another delivery is
-- told by that. A retry of refused records has no file, and is left out; where one has loaded what came before a delivery, a
-- replay that begins there would lose it. Reads only.
select
    delivery.delivery_id,
    delivery.effective_at,
    delivery.received_at,
    delivery.landing_file,
    delivery.body_bytes,
    delivery.received,
    exists (
        select
        from etl.deliveries as retry
        where retry.account = delivery.account
            and retry.is_retry
            and retry.delivery_id > delivery.delivery_id
            -- What the quarantine does not have any more counts as older.
            and retry.accepted > (
                select count(*)
                from etl.rejections as loaded
                where loaded.account = retry.account
                    and loaded.resolution = 'loaded'
                    and loaded.resolved_at = retry.received_at
                    and loaded.last_delivery_id >= delivery.delivery_id
            )
    ) as is_older_loaded_since,
    delivery.effective_source = 'envelope' as is_effective_time_delivered
from etl.deliveries as delivery
where delivery.account = $1
    and not delivery.is_retry
order by delivery.delivery_id
