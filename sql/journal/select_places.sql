-- Purpose: where these rejections ($2) came last: delivery, and place in it. Reads only.
select refused.last_delivery_id as delivery_id, refused.last_position as position
from etl.rejections as refused
where refused.account = $1
    and refused.rejection_id = any($2)
    and refused.last_position is not null
order by refused.last_delivery_id, refused.last_position
