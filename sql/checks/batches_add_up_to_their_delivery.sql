-- The accepted records of a delivery are those of its batches; refused ones may have no readable requestId.
-- Invariant: `received = accepted + rejected`, `accepted = opened + unchanged`.
select delivery.delivery_id, delivery.accepted, coalesce(sum(batches.accepted), 0) as accepted_in_batches
from etl.deliveries as delivery
left join etl.batches as batches on batches.delivery_id = delivery.delivery_id
group by delivery.delivery_id, delivery.accepted, delivery.rejected
having delivery.accepted <> coalesce(sum(batches.accepted), 0)
    or delivery.rejected < coalesce(sum(batches.rejected), 0)
