-- Purpose: the deliveries of a publication ($2) of a lake ($1), with their counts. Ordered.
select
    delivery.delivery_id,
    delivery.account,
    delivery.is_retry,
    delivery.effective_at,
    delivery.received_at,
    delivery.received,
    delivery.accepted,
    delivery.rejected,
    delivery.unchanged,
    delivery.opened,
    delivery.closed,
    delivery.adjusted,
    (
        select count(*)
        from warehouse.reservation_versions as versions
        where versions.delivery_id = delivery.delivery_id
    ) as states
from etl.lake_deliveries as claimed
inner join etl.deliveries as delivery
    on delivery.delivery_id = claimed.delivery_id
where claimed.lake = $1
    and claimed.number = $2
order by delivery.delivery_id
