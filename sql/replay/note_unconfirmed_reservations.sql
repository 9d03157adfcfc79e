-- Purpose: as sql/load/note_unconfirmed_reservations.sql did before delivery $2 was loaded, on the shadow. Of which
-- reservations the platform could deliver several states again is taken from the ledger, since it is a fact; since which
-- version, the replay finds out by itself. Then what changed nothing so far has been of use, and goes. Idempotent.
with
-- Callbacks that were confirmed before.
confirmed as (
    update replay.unconfirmed_reservations as known
    set confirmed_by = live.confirmed_by
    from etl.unconfirmed_reservations as live
    where known.account = $1
        and known.confirmed_by is null
        and live.account = known.account
        and live.serial_number = known.serial_number
        and live.noted_by = known.noted_by
        and live.confirmed_by < $2
),

forgotten as (
    delete from replay.unchanged_records as unchanged
    using replay.deliveries as delivery
    where delivery.delivery_id = unchanged.delivery_id
        and delivery.account = $1
),

-- The last pull before this one.
last as (
    select delivery.delivery_id
    from etl.deliveries as delivery
    where delivery.account = $1
        and delivery.delivery_id < $2
        and not delivery.is_retry
    order by delivery.delivery_id desc
    limit 1
)

insert into replay.unconfirmed_reservations (account, serial_number, noted_by, since_version)
select $1, live.serial_number, $2, greatest(taken.version - brought.states + 1, 1)
from etl.unconfirmed_reservations as live
cross join last
-- How many accepted states the last pull brought: these end with the version that was current then.
cross join lateral (
    select
        (
            select count(*)
            from replay.reservation_versions as versions
            where versions.account = $1
                and versions.serial_number = live.serial_number
                and versions.delivery_id = last.delivery_id
        ) + (
            select count(*)
            from replay.unchanged_records as unchanged
            where unchanged.delivery_id = last.delivery_id
                and unchanged.serial_number = live.serial_number
        ) as states
) as brought
cross join lateral (
    select coalesce(max(versions.version), 0) as version
    from replay.reservation_versions as versions
    where versions.account = $1
        and versions.serial_number = live.serial_number
) as taken
where live.account = $1
    and live.noted_by = $2
on conflict do nothing
