-- Purpose: these open records ($2) of one account, sealed, each with the delivery that it came in last, in the order in
-- which they were delivered. Reads only.
select
    refused.rejection_id,
    refused.last_delivery_id,
    refused.last_position,
    delivery.effective_at,
    refused.content_sha256,
    refused.sealed_record
from etl.rejections as refused
inner join etl.deliveries as delivery on delivery.delivery_id = refused.last_delivery_id
where refused.account = $1
    and refused.rejection_id = any($2)
    and refused.resolved_at is null
    and refused.sealed_record is not null
order by refused.last_delivery_id, refused.last_position
