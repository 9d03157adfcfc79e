-- Purpose: of these reservations ($2), the delivery of the newest state that the history has taken, null where it knows
-- none, and whether the person's identity was erased. A retried state counts from the delivery that it came in. Reads only.
select
    wanted.serial_number,
    greatest(
        (
            select max(versions.delivery_id)
            from warehouse.reservation_versions as versions
            inner join etl.deliveries as delivery on delivery.delivery_id = versions.delivery_id
            where versions.account = $1
                and versions.serial_number = wanted.serial_number
                and not delivery.is_retry
        ),
        (
            select max(loaded.last_delivery_id)
            from etl.rejections as loaded
            where loaded.account = $1
                and loaded.serial_number = wanted.serial_number
                and loaded.resolution = 'loaded'
        )
    ) as newest_delivery_id,
    exists (
        select
        from etl.erased_reservations as erased
        where erased.account = $1
            and erased.serial_number = wanted.serial_number
    ) as is_erased
from unnest($2::text[]) as wanted (serial_number)
