-- Purpose: what was no longer true is claimed: it is read from here on as it is now. Idempotent.
update etl.lake_deliveries as delivery
set is_stale = false
where delivery.lake = $1
    and delivery.is_stale
