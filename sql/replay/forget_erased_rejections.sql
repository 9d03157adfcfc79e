-- Purpose: nor do refused records of erased persons come back: those of erased reservations, and those that the quarantine
-- has erased, known by serialNumber (or by having none) and deliveries. What the quarantine has as it is, stays: by its content,
-- or, where other members are ignored since, by where it came last. Idempotent.
delete from replay.rejections as shadow
where shadow.account = $1
    and not exists (
        select
        from etl.rejections as known
        where known.account = shadow.account
            and known.content_sha256 = shadow.content_sha256
    )
    and not exists (
        select
        from etl.rejections as known
        where known.account = shadow.account
            and known.last_delivery_id = shadow.last_delivery_id
            and known.last_position = shadow.last_position
            and known.sealed_record is not null
    )
    and (
        exists (
            select
            from etl.erased_reservations as reservation
            inner join etl.erasures as erasures on erasures.erasure_id = reservation.erasure_id
            where reservation.account = shadow.account
                and reservation.serial_number = shadow.serial_number
                and erasures.last_delivery_id >= shadow.first_delivery_id
        )
        or exists (
            select
            from etl.rejections as erased
            where erased.account = shadow.account
                and erased.serial_number is not distinct from shadow.serial_number
                and erased.sealed_record is null
                and erased.last_delivery_id >= shadow.first_delivery_id
        )
    )
