-- Purpose: take out of the live history what the shadow does not have, or has otherwise; what is the same stays where it is.
-- And all that is counted by delivery: the statement that follows counts it by the replay. $2 is the last delivery; what was
-- retried since is unknown to the replay, too.
with
batches_out as (
    delete from etl.batches as batches
    using replay.deliveries as delivery
    where delivery.account = $1
        and batches.account = delivery.account
        and batches.delivery_id = delivery.delivery_id
),

problems_out as (
    delete from etl.delivery_problems as problem
    using replay.deliveries as delivery
    where delivery.account = $1
        and problem.account = delivery.account
        and problem.delivery_id = delivery.delivery_id
),

unchanged_out as (
    delete from etl.unchanged_records as unchanged
    where unchanged.account = $1
        and unchanged.delivery_id >= $2
)

delete from warehouse.reservation_versions as versions
using pg_temp.differing_versions as differing
where versions.account = $1
    and versions.serial_number = differing.serial_number
    and versions.version = differing.version
    and differing.kind in ('live_only', 'different')
