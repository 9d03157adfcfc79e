-- Purpose: the next handoff's number, and its deliveries: all after the last handoff, up to the newest one that changed
-- the history. No row: there is none. Reads only.
select
    coalesce(last.handoff_number, 0) + 1 as handoff_number,
    min(delivery.delivery_id) as first_delivery_id,
    max(delivery.delivery_id) filter (where delivery.opened > 0) as last_delivery_id
from etl.deliveries as delivery
left join (
    select handoff.handoff_number, handoff.last_delivery_id
    from finance.handoffs as handoff
    where handoff.account = $1
    order by handoff.handoff_number desc
    limit 1
) as last on true
where delivery.account = $1
    and delivery.delivery_id > coalesce(last.last_delivery_id, 0)
group by last.handoff_number
having max(delivery.delivery_id) filter (where delivery.opened > 0) is not null
