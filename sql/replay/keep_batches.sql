-- Purpose: keep the counts of the account's batches as they are before the swap.
insert into replaced.batches (delivery_id, request_id, received, accepted, rejected)
select batches.delivery_id, batches.request_id, batches.received, batches.accepted, batches.rejected
from etl.batches as batches
inner join replay.deliveries as delivery on delivery.delivery_id = batches.delivery_id
where delivery.account = $1
