-- Purpose: reservations of this account ($1) of which something was erased or discarded, and until which delivery: their states do not
-- come back by being decoded. Those of a person whom the history has before that, stay; the others are whoever stands for the person since
-- (successor), or nobody. Reads only.
with
forgotten as (
    select reservation.serial_number, coalesce(erasure.last_delivery_id, 0) as last_delivery_id
    from etl.erased_reservations as reservation
    inner join etl.erasures as erasure
        on erasure.erasure_id = reservation.erasure_id
        and erasure.account = reservation.account
    where reservation.account = $1
    union
    select
        rejections.serial_number,
        greatest(
            rejections.last_delivery_id,
            case
                when rejections.resolution is distinct from 'discarded' then (
                    select max(erasures.last_delivery_id)
                    from etl.erasures as erasures
                    where erasures.account = $1
                )
            end
        ) as last_delivery_id
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
        where kept.account = $1
            and kept.serial_number = forgotten.serial_number
            and kept.delivery_id <= forgotten.last_delivery_id
            and kept.person_id is not null
            and get_byte(kept.fingerprint, 0) <> 0
    ) as kept,
    (
        select erased.person_id
        from warehouse.reservation_versions as erased
        where erased.account = $1
            and erased.serial_number = forgotten.serial_number
            and erased.delivery_id <= forgotten.last_delivery_id
            and get_byte(erased.fingerprint, 0) = 0
        order by erased.version
        limit 1
    ) as successor
from forgotten
order by forgotten.serial_number, forgotten.last_delivery_id
