-- Purpose: take the person out of the inbox of arrivals: decided rows of the reservations $2 and of the rejections in which the
-- person was found ($3), and the rows in which the number was found ($4). What is not decided yet stays until it is, or
-- somebody's arrival would be lost; what was taken stays in warehouse.arrivals. Idempotent.
delete from etl.arrival_inbox as inbox
where inbox.account = $1
    and (
        inbox.inbox_id = any($4::bigint[])
        or (
            inbox.finished_at is not null
            and (
                inbox.serial_number = any($2::text[])
                or inbox.serial_number in (
                    select refused.serial_number
                    from etl.rejections as refused
                    where refused.account = $1
                        and refused.rejection_id = any($3::bigint[])
                )
            )
        )
    )
