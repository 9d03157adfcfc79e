-- Purpose: everything that lakes have of an account ($1), or of all, is to be made again and withdrawn. Idempotent.
update etl.lake_deliveries as published
set is_stale = true
from etl.deliveries as delivery
where delivery.delivery_id = published.delivery_id
    and ($1::text is null or delivery.account = $1)
