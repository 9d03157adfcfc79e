-- Purpose: drop what a swap of this account has replaced. Idempotent.
with
-- The ledger's note.
noted as (
    update etl.replays as replayed
    set dropped_at = now()
    where replayed.account = $1
        and replayed.swapped_at is not null
        and replayed.dropped_at is null
),

-- What has no account is found by its delivery.
dropped_batches as (
    delete from replaced.batches as batches
    using replaced.deliveries as delivery
    where batches.delivery_id = delivery.delivery_id
        and delivery.account = $1
),

dropped_problems as (
    delete from replaced.delivery_problems as problem
    using replaced.deliveries as delivery
    where problem.delivery_id = delivery.delivery_id
        and delivery.account = $1
),

dropped_deliveries as (
    delete from replaced.deliveries as delivery
    where delivery.account = $1
)

delete from replaced.reservation_versions as versions
where versions.account = $1
