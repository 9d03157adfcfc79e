-- Purpose: the publications whose files the lake's pointer is to name. Reads only.
select publication.number
from etl.lake_publications as publication
where publication.lake = $1
    and publication.published_at is not null
order by publication.number
