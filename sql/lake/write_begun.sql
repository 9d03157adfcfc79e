-- Purpose: a sign that the engine has a core to work on. It waits for one for as long as it takes, and says so only in its log.
insert overwrite directory '${built}/begun' using parquet
select count(*) as deliveries
from deliveries
