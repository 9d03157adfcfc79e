-- Purpose: a replay that does not begin with the first delivery begins with the live history as it was before delivery $2,
-- and with what the platform could deliver again then.
with
unconfirmed as (
    insert into replay.unconfirmed_reservations (account, serial_number, noted_by, since_version)
    select known.account, known.serial_number, known.noted_by, known.since_version
    from etl.unconfirmed_reservations as known
    where known.account = $1
        and known.noted_by <= $2
        and (known.confirmed_by is null or known.confirmed_by >= $2)
),

-- Each ends where the next one begins.
earlier as (
    select
        to_jsonb(versions)
        || jsonb_build_object(
            'valid_to',
            lead(versions.valid_from, 1, 'infinity') over (partition by versions.serial_number order by versions.version)
        ) as columns
    from warehouse.reservation_versions as versions
    where versions.account = $1
        and versions.delivery_id < $2
)

-- By the columns' names, whatever they are.
insert into replay.reservation_versions
select shadow.*
from earlier
cross join jsonb_populate_record(null::replay.reservation_versions, earlier.columns) as shadow
