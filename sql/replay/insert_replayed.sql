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
    insert into etl.batches (delivery_id, request_id, received, accepted, rejected)
    select batches.delivery_id, batches.request_id, batches.received, batches.accepted, batches.rejected
    from replay.batches as batches
    inner join replay.deliveries as delivery on delivery.delivery_id = batches.delivery_id
    where delivery.account = $1
),

problems_in as (
    insert into etl.delivery_problems (delivery_id, field, rule, is_rejecting, records)
    select problem.delivery_id, problem.field, problem.rule, problem.is_rejecting, problem.records
    from replay.delivery_problems as problem
    inner join replay.deliveries as delivery on delivery.delivery_id = problem.delivery_id
    where delivery.account = $1
),

-- Where it is held back, the platform delivers it again, and it has to be known again. The next run forgets the rest.
unchanged_in as (
    insert into etl.unchanged_records (delivery_id, request_id, serial_number)
    select unchanged.delivery_id, unchanged.request_id, unchanged.serial_number
    from replay.unchanged_records as unchanged
    where unchanged.delivery_id = $2
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

insert into warehouse.reservation_versions (
    account, serial_number, version, valid_from, valid_to, change, person_id,
    erhc_no, name, card_type, idcard, birthdate, sex_code, is_pregnant, married, mobile,
    hospital_code, hospital_name, check_date, hospital_package_id, hospital_package_name,
    add_combination_id, add_combination_name, examination_fee, order_status, pay_type, data_sources,
    extra, fingerprint, delivery_id, request_id, recorded_at
)
select
    versions.account,
    versions.serial_number,
    versions.version,
    versions.valid_from,
    versions.valid_to,
    versions.change,
    versions.person_id,
    versions.erhc_no,
    versions.name,
    versions.card_type,
    versions.idcard,
    versions.birthdate,
    versions.sex_code,
    versions.is_pregnant,
    versions.married,
    versions.mobile,
    versions.hospital_code,
    versions.hospital_name,
    versions.check_date,
    versions.hospital_package_id,
    versions.hospital_package_name,
    versions.add_combination_id,
    versions.add_combination_name,
    versions.examination_fee,
    versions.order_status,
    versions.pay_type,
    versions.data_sources,
    versions.extra,
    versions.fingerprint,
    versions.delivery_id,
    versions.request_id,
    delivery.recorded_at
from pg_temp.differing_versions as differing
inner join replay.reservation_versions as versions
    on versions.account = $1
    and versions.serial_number = differing.serial_number
    and versions.version = differing.version
inner join etl.deliveries as delivery on delivery.delivery_id = versions.delivery_id
where differing.kind in ('replay_only', 'different')
