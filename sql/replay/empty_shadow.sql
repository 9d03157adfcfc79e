-- Purpose: take the shadow of this account away, before another one is built, when it has taken the live history's place, or
-- when it must not outlive something: an erasure, a key. $1 null: of every account. Idempotent.
with
-- The ledger forgets replays that were not swapped in: nobody can look at what they built any more.
forgotten as (
    delete from etl.replays as replayed
    where ($1::text is null or replayed.account = $1)
        and replayed.swapped_at is null
),

emptied_batches as (
    delete from replay.batches as batches
    where $1::text is null
        or batches.account = $1
),

emptied_problems as (
    delete from replay.delivery_problems as problem
    where $1::text is null
        or problem.account = $1
),

emptied_unchanged as (
    delete from replay.unchanged_records as unchanged
    where $1::text is null
        or unchanged.account = $1
),

emptied_deliveries as (
    delete from replay.deliveries as delivery
    where $1::text is null
        or delivery.account = $1
),

emptied_rejections as (
    delete from replay.rejections as refused
    where $1::text is null
        or refused.account = $1
),

emptied_unconfirmed as (
    delete from replay.unconfirmed_reservations as unconfirmed
    where $1::text is null
        or unconfirmed.account = $1
)

delete from replay.reservation_versions as versions
where $1::text is null
    or versions.account = $1
