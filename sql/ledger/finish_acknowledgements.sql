-- Purpose: the platform has confirmed these; their reservations will not be delivered again without a change. Idempotent.
with
finished as (
    update etl.outbox as owed
    set
        state = 'done',
        attempts = owed.attempts + 1,
        last_error = null,
        finished_at = now()
    where owed.outbox_id = any($1)
        and owed.state = 'pending'
    returning owed.account, owed.delivery_id, owed.kind, owed.key
),

-- What was remembered of these reservations. Most nights there is none of it.
confirmed as (
    select known.ctid as row_id, finished.delivery_id
    from finished
    cross join lateral (
        select open.ctid
        from etl.unconfirmed_reservations as open
        where finished.kind = 'reservation_ack'
            and open.account = finished.account
            and open.serial_number = finished.key
            and open.confirmed_by is null
        offset 0
    ) as known
    union all
    select open.ctid, finished.delivery_id
    from finished
    inner join etl.unconfirmed_reservations as open
        on finished.kind = 'batch_ack'
        and open.account = finished.account
        and open.confirmed_by is null
    where exists (
            select
            from warehouse.reservation_versions as versions
            where versions.account = open.account
                and versions.serial_number = open.serial_number
                and versions.delivery_id = finished.delivery_id
                and versions.request_id = finished.key
        )
        or exists (
            select
            from etl.unchanged_records as unchanged
            where unchanged.delivery_id = finished.delivery_id
                and unchanged.serial_number = open.serial_number
                and unchanged.request_id = finished.key
        )
        or exists (
            select
            from etl.rejections as refused
            where refused.account = open.account
                and refused.serial_number = open.serial_number
                and refused.last_delivery_id = finished.delivery_id
                and refused.request_id = finished.key
        )
)

update etl.unconfirmed_reservations as known
set confirmed_by = confirmed.delivery_id
from confirmed
where known.ctid = confirmed.row_id
