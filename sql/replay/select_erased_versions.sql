-- Purpose: what an erasure ($2) takes out of the shadow where it stood between the deliveries: all that follows is planned
-- against what it left. Whatever the live history kept then, stays: the same content, and the same person. The number of a
-- version says nothing about that, since a replay may count otherwise. All else of the erased reservations is erased, too: as
-- the live version of its number is, where that is erased (the first byte of its fingerprint is 0), or else with a content that
-- nobody can guess and the person_id that stands for the person since. Each reservation is looked up by itself, as in
-- sql/session/configure_transaction.sql. Reads only.
with
-- Versions of before the erasure that have their persons. What came later proves nothing: it may be the person again.
versions as (
    select known.serial_number, known.is_live, known.version, known.person_id, known.content
    from etl.erased_reservations as reservation
    inner join etl.erasures as erasure on erasure.erasure_id = reservation.erasure_id
    cross join lateral (
        select
            live.serial_number,
            true as is_live,
            live.version,
            live.person_id,
            replay.content(to_jsonb(live)) as content
        from warehouse.reservation_versions as live
        where live.account = $1
            and live.serial_number = reservation.serial_number
            and live.delivery_id <= erasure.last_delivery_id
            and get_byte(live.fingerprint, 0) <> 0
        union all
        select
            shadow.serial_number,
            false as is_live,
            shadow.version,
            shadow.person_id,
            replay.content(to_jsonb(shadow)) as content
        from replay.reservation_versions as shadow
        where shadow.account = $1
            and shadow.serial_number = reservation.serial_number
            and shadow.delivery_id <= erasure.last_delivery_id
            and get_byte(shadow.fingerprint, 0) <> 0
        offset 0
    ) as known
    where reservation.account = $1
        and reservation.erasure_id = $2
)

select
    shadow.serial_number,
    shadow.version,
    coalesce(live.person_id, successor.person_id) as person_id,
    coalesce(
        live.fingerprint,
        '\x00'::bytea || sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    ) as fingerprint
from versions as shadow
left join lateral (
    select known.person_id, known.fingerprint
    from warehouse.reservation_versions as known
    where known.account = $1
        and known.serial_number = shadow.serial_number
        and known.version = shadow.version
        and get_byte(known.fingerprint, 0) = 0
    limit 1
) as live on true
left join lateral (
    select known.person_id
    from warehouse.reservation_versions as known
    where known.account = $1
        and known.serial_number = shadow.serial_number
        and get_byte(known.fingerprint, 0) = 0
    order by known.version
    limit 1
) as successor on live.fingerprint is null
where not shadow.is_live
    and not exists (
        select
        from versions as known
        where known.is_live
            and known.serial_number = shadow.serial_number
            and known.content = shadow.content
    )
    and not exists (
        select
        from versions as known
        where known.is_live
            and known.serial_number = shadow.serial_number
            and known.person_id = shadow.person_id
    )
