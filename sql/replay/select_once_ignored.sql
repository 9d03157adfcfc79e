-- Purpose: names of members that made no version at some time. Reads only.
select distinct ignored.name
from etl.journal as known
cross join lateral jsonb_array_elements_text(known.entry -> 'ignore') as ignored (name)
where known.account = $1
    and known.entry ->> 'kind' = 'contract'
