-- Purpose: keep the counts of the account's deliveries as they are before the swap.
insert into replaced.deliveries (
    delivery_id, account, received, accepted, rejected, unchanged, opened, closed, adjusted, warned, unknown_fields,
    unknown_fields_more
)
select
    delivery.delivery_id,
    delivery.account,
    delivery.received,
    delivery.accepted,
    delivery.rejected,
    delivery.unchanged,
    delivery.opened,
    delivery.closed,
    delivery.adjusted,
    delivery.warned,
    delivery.unknown_fields,
    delivery.unknown_fields_more
from etl.deliveries as delivery
where delivery.account = $1
