-- Purpose: the account's last delivery and the retries since of what was refused, if the platform may deliver part of it
-- again: an acknowledgement is pending, or a refused record holds its reservation back. Reads only.
select recent.delivery_ids
from (
    select array_agg(delivery.delivery_id order by delivery.delivery_id) as delivery_ids
    from (
        select last.delivery_id
        from etl.deliveries as last
        where last.account = $1
            and last.delivery_id < $2
            and not last.is_retry
        order by last.delivery_id desc
        limit 1
    ) as last
    inner join etl.deliveries as delivery
        on delivery.account = $1
        and delivery.delivery_id >= last.delivery_id
        and delivery.delivery_id < $2
) as recent
where exists (
    select
    from etl.outbox as owed
    where owed.delivery_id = any(recent.delivery_ids)
        and owed.state = 'pending'
)
or exists (
    select
    from etl.rejections as refused
    where refused.account = $1
        and refused.last_delivery_id = any(recent.delivery_ids)
        and refused.resolved_at is null
)
