-- Purpose: how many refused records of this delivery somebody has discarded before it came. Reads only.
select count(*) as discarded
from etl.rejections as refused
where refused.account = $1
    and refused.last_delivery_id = $2
    and refused.resolution = 'discarded'
