-- Purpose: reservations of this account ($1) of which something was erased or discarded, and until which delivery: their states do not
-- come back by being decoded. Those that the history has with the same content stay; of an erased reservation also those of persons whom
-- the history has in it from before. Who stands for the others since, and from which delivery on, is in "successors", in their order.
-- A record that was erased or discarded in the quarantine is known by its reservation alone. Reads only.
with
forgotten as (
    select reservation.serial_number, coalesce(erasure.last_delivery_id, 0) as last_delivery_id, true as is_erased
    from etl.erased_reservations as reservation
    inner join etl.erasures as erasure
        on erasure.erasure_id = reservation.erasure_id
        and erasure.account = reservation.account
    where reservation.account = $1
    union
    select rejections.serial_number, rejections.last_delivery_id, false as is_erased
    from etl.rejections as rejections
    where rejections.account = $1
        and rejections.sealed_record is null
        and rejections.serial_number is not null
)

select
    forgotten.serial_number,
    forgotten.last_delivery_id,
    array(
        select distinct kept.person_id
        from warehouse.reservation_versions as kept
        where forgotten.is_erased
            and kept.account = $1
            and kept.serial_number = forgotten.serial_number
            and kept.delivery_id <= forgotten.last_delivery_id
            and kept.person_id is not null
            and get_byte(kept.fingerprint, 0) <> 0
    ) as kept_persons,
    array(
        select distinct kept.fingerprint
        from warehouse.reservation_versions as kept
        where kept.account = $1
            and kept.serial_number = forgotten.serial_number
            and (kept.delivery_id <= forgotten.last_delivery_id or not forgotten.is_erased)
            and get_byte(kept.fingerprint, 0) <> 0
    ) as kept_contents,
    coalesce(since.deliveries, '{}') as successor_deliveries,
    coalesce(since.persons, '{}') as successors
from forgotten
cross join lateral (
    select
        array_agg(erased.delivery_id order by erased.version) as deliveries,
        array_agg(erased.person_id order by erased.version) as persons
    from warehouse.reservation_versions as erased
    where erased.account = $1
        and erased.serial_number = forgotten.serial_number
        and get_byte(erased.fingerprint, 0) = 0
) as since
order by forgotten.serial_number, forgotten.last_delivery_id
