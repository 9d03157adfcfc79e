-- Purpose: the next delivery gets a number after those that were loaded again. Idempotent.
select setval('etl.deliveries_delivery_id_seq', greatest($1::bigint, numbers.last_value), true) as last_number
from etl.deliveries_delivery_id_seq as numbers
