-- Purpose: erasures of the account, in the order in which they came between its deliveries. Reads only.
select erasures.erasure_id, coalesce(erasures.last_delivery_id, 0) as last_delivery_id
from etl.erasures as erasures
where erasures.account = $1
order by erasures.erasure_id
