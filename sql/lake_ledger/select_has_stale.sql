-- Purpose: whether something of this lake is no longer true. Reads only.
select exists (
    select
    from etl.lake_deliveries as delivery
    where delivery.lake = $1
        and delivery.is_stale
) as has_stale
