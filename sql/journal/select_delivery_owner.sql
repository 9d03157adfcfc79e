-- Purpose: whose delivery has this number, and its file. Reads only.
select delivery.account, delivery.landing_file
from etl.deliveries as delivery
where delivery.delivery_id = $1
