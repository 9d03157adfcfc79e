-- Purpose: the first and the last check date that the account has volumes of; null where it has none. Reads only.
select min(volumes.check_date) as first_date, max(volumes.check_date) as last_date
from warehouse.daily_volumes as volumes
where volumes.account = $1
