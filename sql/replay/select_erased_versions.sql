-- Purpose: what an erasure ($2) takes out of the shadow where it stood between the deliveries: all that follows is planned
-- against what it left. Whatever the live history still has as it is, stays. All else of the erased reservations is erased,
-- too: as the live version is, where that is erased (the first byte of its fingerprint is 0), or else with a content that
-- nobody can guess and the person_id that stands for the person since. Each reservation is looked up by itself, as in
-- sql/session/configure_transaction.sql. Reads only.
with
-- What is no content: the fingerprint, too, which may be of another version of the encoding.
unlike as (
    select array[
        'version', 'valid_from', 'valid_to', 'change', 'person_id', 'fingerprint', 'delivery_id', 'request_id', 'recorded_at'
    ] as columns
)

select
    reservation.serial_number,
    shadow.version,
    case when get_byte(live.fingerprint, 0) = 0 then live.person_id else successor.person_id end as person_id,
    case
        when get_byte(live.fingerprint, 0) = 0 then live.fingerprint
        else '\x00'::bytea || sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    end as fingerprint
from etl.erased_reservations as reservation
cross join unlike
cross join lateral (
    select
        known.version,
        to_jsonb(known) - unlike.columns as content
    from replay.reservation_versions as known
    where known.account = $1
        and known.serial_number = reservation.serial_number
        and get_byte(known.fingerprint, 0) <> 0
    offset 0
) as shadow
left join lateral (
    select
        known.person_id,
        known.fingerprint,
        to_jsonb(known) - unlike.columns as content
    from warehouse.reservation_versions as known
    where known.account = $1
        and known.serial_number = reservation.serial_number
        and known.version = shadow.version
    limit 1
) as live on true
left join lateral (
    select known.person_id
    from warehouse.reservation_versions as known
    where known.account = $1
        and known.serial_number = reservation.serial_number
        and get_byte(known.fingerprint, 0) = 0
    order by known.version
    limit 1
) as successor on true
where reservation.account = $1
    and reservation.erasure_id = $2
    and (get_byte(live.fingerprint, 0) = 0 or live.content is distinct from shadow.content)
