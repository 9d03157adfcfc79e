-- Purpose: single callbacks for resolved records ($2: their rejections), of delivery $3, or of that in which each came last
-- where it is null. Not owed where another state of the reservation is still refused, and where the record was confirmed
-- with its whole batch.
insert into etl.outbox (account, delivery_id, kind, key)
select distinct
    refused.account,
    coalesce($3::bigint, refused.last_delivery_id),
    'reservation_ack',
    refused.serial_number
from etl.rejections as refused
where refused.account = $1
    and refused.rejection_id = any($2)
    and refused.serial_number is not null
    and not exists (
        select
        from etl.rejections as open
        where open.account = refused.account
            and open.serial_number = refused.serial_number
            and open.resolved_at is null
    )
    and not exists (
        select
        from etl.outbox as whole
        where whole.delivery_id = refused.last_delivery_id
            and whole.kind = 'batch_ack'
            and whole.key = refused.request_id
            and whole.state in ('pending', 'done')
    )
on conflict (delivery_id, kind, key) do nothing
