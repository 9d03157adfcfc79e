-- Purpose: what lakes have of the deliveries with versions of the person ($2: every person_id, $3: whole reservations) is to be made
-- again and withdrawn. Before the versions forget whose they were. Idempotent.
update etl.lake_deliveries as published
set is_stale = true
from (
    select distinct versions.delivery_id
    from warehouse.reservation_versions as versions
    where versions.account = $1
        and (versions.person_id = any($2::bytea[]) or versions.serial_number = any($3::text[]))
) as touched
where published.delivery_id = touched.delivery_id
