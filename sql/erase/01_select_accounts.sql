-- Purpose: every account that has a delivery, and so may hold the person. Reads only.
select distinct delivery.account
from etl.deliveries as delivery
order by delivery.account
