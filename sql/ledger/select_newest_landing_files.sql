-- Purpose: the landed files of an account's newest deliveries ($2 of them), which stay whatever their age. Reads only.
select delivery.landing_file
from etl.deliveries as delivery
where delivery.account = $1
    and not delivery.is_retry
order by delivery.delivery_id desc
limit $2
