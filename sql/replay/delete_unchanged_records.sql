-- Purpose: what changed nothing in the last delivery ($2) of the account ($1) is known anew by the statement that follows, what
-- was retried since, too.
delete from etl.unchanged_records as unchanged
using etl.deliveries as delivery
where delivery.delivery_id = unchanged.delivery_id
    and delivery.account = $1
    and delivery.delivery_id >= $2
