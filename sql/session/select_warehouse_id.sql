-- Purpose: which warehouse this is. Reads only.
select warehouse.warehouse_id::text as warehouse_id
from etl.warehouse as warehouse
