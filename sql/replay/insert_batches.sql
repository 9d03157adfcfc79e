-- Purpose: the batches as the replay counts them.
insert into etl.batches (delivery_id, request_id, received, accepted, rejected)
select batches.delivery_id, batches.request_id, batches.received, batches.accepted, batches.rejected
from replay.batches as batches
inner join replay.deliveries as delivery on delivery.delivery_id = batches.delivery_id
where delivery.account = $1
