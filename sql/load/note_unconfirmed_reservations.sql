-- Purpose: remember, before delivery $2, of which reservations the platform may deliver several states again, since the
-- pull before could not be confirmed: its callback is pending, or a refused record holds the reservation back. What is
-- remembered of an earlier pull already stays as it is. Idempotent.
with
-- The last pull. (Retries of refused records are none: the platform knows nothing of them.)
last as (
    select delivery.delivery_id
    from etl.deliveries as delivery
    where delivery.account = $1
        and delivery.delivery_id < $2
        and not delivery.is_retry
    order by delivery.delivery_id desc
    limit 1
),

-- Callbacks that are owed, whichever delivery wrote them.
owed as (
    select pending.kind, pending.key
    from etl.outbox as pending
    where pending.account = $1
        and pending.state = 'pending'
        and pending.kind in ('batch_ack', 'reservation_ack')
        and pending.delivery_id < $2
),

-- Every record of the last pull, where anything of it is unconfirmed.
delivered as (
    select versions.serial_number, versions.request_id, false as is_held
    from last
    inner join warehouse.reservation_versions as versions
        on versions.account = $1
        and versions.delivery_id = last.delivery_id
    where exists (select from owed)
    union all
    select unchanged.serial_number, unchanged.request_id, false as is_held
    from last
    inner join etl.unchanged_records as unchanged on unchanged.delivery_id = last.delivery_id
    where exists (select from owed)
    union all
    -- Held back, also where somebody has retried or discarded it since: the platform cannot know. (A later state of the same
    -- pull supersedes it; and where refused records are not held, a callback has confirmed it.)
    select
        refused.serial_number,
        refused.request_id,
        coalesce(refused.resolution, '') <> 'superseded'
        and not exists (
            select
            from etl.outbox as told
            where told.delivery_id = last.delivery_id
                and told.state = 'done'
                and (
                    (told.kind = 'reservation_ack' and told.key = refused.serial_number)
                    or (told.kind = 'batch_ack' and told.key = refused.request_id)
                )
        ) as is_held
    from last
    inner join etl.rejections as refused
        on refused.account = $1
        and refused.last_delivery_id = last.delivery_id
        and refused.serial_number is not null
),

-- Of these, who may come again with more than one state.
unconfirmed as (
    select delivered.serial_number
    from delivered
    group by delivered.serial_number
    having bool_or(delivered.is_held)
        or (
            count(*) > 1
            and bool_or(
                exists (
                    select
                    from owed
                    where (owed.kind = 'batch_ack' and owed.key = delivered.request_id)
                        or (owed.kind = 'reservation_ack' and owed.key = delivered.serial_number)
                )
            )
        )
)

insert into etl.unconfirmed_reservations (account, serial_number, noted_by, since_version)
select $1, unconfirmed.serial_number, $2, greatest(taken.version - brought.states + 1, 1)
from unconfirmed
cross join last
-- How many accepted states the last pull brought: these end with the version that was current then.
cross join lateral (
    select
        (
            select count(*)
            from warehouse.reservation_versions as versions
            where versions.account = $1
                and versions.serial_number = unconfirmed.serial_number
                and versions.delivery_id = last.delivery_id
        ) + (
            select count(*)
            from etl.unchanged_records as unchanged
            where unchanged.delivery_id = last.delivery_id
                and unchanged.serial_number = unconfirmed.serial_number
        ) as states
) as brought
cross join lateral (
    select coalesce(max(versions.version), 0) as version
    from warehouse.reservation_versions as versions
    where versions.account = $1
        and versions.serial_number = unconfirmed.serial_number
        and versions.delivery_id <= last.delivery_id
) as taken
on conflict (account, serial_number) where confirmed_by is null do nothing
