-- Purpose: the account's last delivery, if the platform may deliver part of it again: an acknowledgement is pending, or a
-- refused record holds its reservation back. Reads only.
select last.delivery_id
from (
    select delivery.delivery_id
    from etl.deliveries as delivery
    where delivery.account = $1
        and delivery.delivery_id < $2
    order by delivery.delivery_id desc
    limit 1
) as last
where exists (
    select
    from etl.outbox as owed
    where owed.delivery_id = last.delivery_id
        and owed.state = 'pending'
)
or exists (
    select
    from etl.rejections as refused
    where refused.account = $1
        and refused.last_delivery_id = last.delivery_id
        and refused.resolved_at is null
)
