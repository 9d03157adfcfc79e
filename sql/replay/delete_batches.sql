-- Purpose: the batches of the account's deliveries are counted anew by the statement that follows.
delete from etl.batches as batches
using replay.deliveries as delivery
where delivery.delivery_id = batches.delivery_id
    and delivery.account = $1
