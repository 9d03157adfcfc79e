-- Purpose: take the person out of the inbox of arrivals: decided rows of the erased reservations ($2: the erasure) and of the
-- rejections in which the person was found ($3), and the rows in which the number was found ($4). What is not decided yet
-- stays until it is, or somebody's arrival would be lost; what was taken stays in warehouse.arrivals. Idempotent.
delete from etl.arrival_inbox as inbox
where inbox.account = $1
    and (
        inbox.inbox_id = any($4::bigint[])
        or (
            inbox.finished_at is not null
            and (
                inbox.serial_number in (
                    select erased.serial_number
                    from etl.erased_reservations as erased
                    where erased.account = $1
                        and erased.erasure_id = $2
                )
                or inbox.serial_number in (
                    select refused.serial_number
                    from etl.rejections as refused
                    where refused.account = $1
                        and refused.rejection_id = any($3::bigint[])
                )
            )
        )
    )
