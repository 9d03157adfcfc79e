-- Purpose: when a delivery that changed the history takes effect; null where the account has no such delivery. No row: the
-- warehouse does not know the account. Reads only.
select
    delivery.effective_at
from (select count(*) as deliveries from etl.deliveries as known where known.account = $1) as account
left join etl.deliveries as delivery
    on delivery.account = $1
    and delivery.delivery_id = $2
    and delivery.opened > 0
where account.deliveries > 0
