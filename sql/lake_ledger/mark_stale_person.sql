-- Purpose: what lakes have of the deliveries with versions of the person ($2: every person_id, $3: whole reservations) is to be made
-- again and withdrawn, before the versions forget whose they were. Of a lake with decoded states, the newest delivery is, too: they hold
-- records that no version has, and are withdrawn with it. Idempotent.
update etl.lake_deliveries as published
set is_stale = true
from (
    select versions.delivery_id
    from warehouse.reservation_versions as versions
    where versions.account = $1
        and (versions.person_id = any($2::bytea[]) or versions.serial_number = any($3::text[]))
    union
    select max(known.delivery_id) as delivery_id
    from etl.lake_deliveries as known
    inner join etl.lake_decodings as decoding on decoding.lake = known.lake
    where known.account = $1
    group by known.lake
) as touched
where published.delivery_id = touched.delivery_id
