-- Purpose: of the records of this delivery that were refused: how many somebody has discarded before it came, and how many
-- no delivery before has brought. Reads only.
select
    count(*) filter (where refused.resolution = 'discarded') as discarded,
    count(*) filter (where refused.first_delivery_id = $2) as refused_first
from etl.rejections as refused
where refused.account = $1
    and refused.last_delivery_id = $2
