-- Purpose: the rejections of these records, by the delivery ($2) and the place in it ($3) where each came last. Reads
-- only.
select refused.rejection_id
from unnest($2::bigint[], $3::bigint[]) as named (delivery_id, position)
inner join etl.rejections as refused
    on refused.account = $1
    and refused.last_delivery_id = named.delivery_id
    and refused.last_position = named.position
