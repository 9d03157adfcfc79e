-- Purpose: the last delivery that changed the history, where this target does not have it yet. $3: in any case.
select delivery.delivery_id, delivery.effective_at
from etl.deliveries as delivery
left join etl.exports as made
    on made.account = delivery.account
    and made.target = $2
    and made.part = 'current'
where delivery.account = $1
    and delivery.opened > 0
    and ($3::boolean or made.delivery_id is null or made.delivery_id < delivery.delivery_id)
order by delivery.delivery_id desc
limit 1
