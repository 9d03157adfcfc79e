-- Purpose: lakes that hold what is no longer true. Reads only.
select distinct delivery.lake
from etl.lake_deliveries as delivery
where delivery.is_stale
order by delivery.lake
