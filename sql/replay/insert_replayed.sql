-- Purpose: put in what the shadow has instead. A version was recorded when its delivery was. The ledger has the counts of the
-- replay, since they are checked against the versions; what a retry of refused records has loaded counts where it was
-- delivered, and the retry itself for nothing. $2 is the last delivery, $3 the replay.
with
counts as (
    update etl.deliveries as delivery
    set
        received = replayed.received,
        accepted = replayed.accepted,
        rejected = replayed.rejected,
        unchanged = replayed.unchanged,
        opened = replayed.opened,
        closed = replayed.closed,
        adjusted = replayed.adjusted,
        warned = replayed.warned,
        unknown_fields = replayed.unknown_fields,
        unknown_fields_more = replayed.unknown_fields_more
    from replay.deliveries as replayed
    where replayed.delivery_id = delivery.delivery_id
        and replayed.account = $1
        and (
            replayed.accepted, replayed.unchanged, replayed.opened, replayed.closed, replayed.adjusted, replayed.warned,
            replayed.unknown_fields, replayed.unknown_fields_more
        ) <> (
            delivery.accepted, delivery.unchanged, delivery.opened, delivery.closed, delivery.adjusted, delivery.warned,
            delivery.unknown_fields, delivery.unknown_fields_more
        )
),

batches_in as (
    insert into etl.batches (account, delivery_id, request_id, received, accepted, rejected)
    select
        batches.account,
        batches.delivery_id,
        batches.request_id,
        batches.received,
        batches.accepted,
        batches.rejected
    from replay.batches as batches
    where batches.account = $1
),

problems_in as (
    insert into etl.delivery_problems (account, delivery_id, field, rule, is_rejecting, records)
    select
        problem.account,
        problem.delivery_id,
        problem.field,
        problem.rule,
        problem.is_rejecting,
        problem.records
    from replay.delivery_problems as problem
    where problem.account = $1
),

-- Where it is held back, the platform delivers it again, and it has to be known again. The next run forgets the rest.
unchanged_in as (
    insert into etl.unchanged_records (account, delivery_id, request_id, serial_number)
    select unchanged.account, unchanged.delivery_id, unchanged.request_id, unchanged.serial_number
    from replay.unchanged_records as unchanged
    where unchanged.account = $1
        and unchanged.delivery_id = $2
),

-- Since which version the platform may deliver a reservation again, by the numbers of the replay.
unconfirmed as (
    update etl.unconfirmed_reservations as known
    set since_version = replayed.since_version
    from replay.unconfirmed_reservations as replayed
    where known.account = $1
        and replayed.account = known.account
        and replayed.serial_number = known.serial_number
        and replayed.noted_by = known.noted_by
),

-- The ledger's note.
noted as (
    update etl.replays as replayed
    set swapped_at = now()
    where replayed.replay_id = $3
)

-- By the columns' names, whatever they are.
insert into warehouse.reservation_versions
select live.*
from pg_temp.differing_versions as differing
inner join replay.reservation_versions as versions
    on versions.account = $1
    and versions.serial_number = differing.serial_number
    and versions.version = differing.version
inner join etl.deliveries as delivery on delivery.delivery_id = versions.delivery_id
cross join jsonb_populate_record(
    null::warehouse.reservation_versions,
    to_jsonb(versions) || jsonb_build_object('recorded_at', delivery.recorded_at)
) as live
where differing.kind in ('replay_only', 'different')
