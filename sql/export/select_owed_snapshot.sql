-- Purpose: the last delivery that changed the history, where this target does not have it yet. $3: in any case. $4: only where
-- what it has is of another month, by Beijing's clock.
select delivery.delivery_id, delivery.effective_at
from etl.deliveries as delivery
left join etl.exports as made
    on made.account = delivery.account
    and made.target = $2
    and made.part = 'current'
left join etl.deliveries as last on last.delivery_id = made.delivery_id
where delivery.account = $1
    and delivery.opened > 0
    and (
        $3::boolean
        or made.delivery_id is null
        or (
            made.delivery_id < delivery.delivery_id
            and (
                not $4::boolean
                or date_trunc('month', last.effective_at at time zone 'Asia/Shanghai')
                    <> date_trunc('month', delivery.effective_at at time zone 'Asia/Shanghai')
            )
        )
    )
order by delivery.delivery_id desc
limit 1
