-- Purpose: the first delivery of this account ($1) behind the handoffs before this one ($2): after a recovery with losses, not the one of
-- then. Null: there is none. Reads only.
select min(delivery.delivery_id) as first_delivery_id
from etl.deliveries as delivery
where delivery.account = $1
    and delivery.delivery_id > coalesce(
        (
            select max(handoff.last_delivery_id)
            from finance.handoffs as handoff
            where handoff.account = $1
                and handoff.handoff_number < $2
        ),
        0
    )
