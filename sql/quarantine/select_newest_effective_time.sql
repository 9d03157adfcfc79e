-- Purpose: when the newest states of an account took effect; null: before its first delivery. Reads only.
select max(delivery.effective_at) as newest_effective_at
from etl.deliveries as delivery
where delivery.account = $1
