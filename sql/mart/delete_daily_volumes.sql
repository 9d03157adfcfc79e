-- Purpose: drop the volumes of the dates that are made again. Idempotent.
delete from warehouse.daily_volumes as volumes
where volumes.account = $1
    and volumes.check_date = any($2)
