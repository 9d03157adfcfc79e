-- Purpose: as of when the history of an account is: its newest answer of the platform. Reads only.
select deliveries.effective_at
from etl.deliveries as deliveries
where deliveries.account = $1 and not deliveries.is_retry
order by deliveries.delivery_id desc
limit 1
