-- Purpose: the publications that are claimed and not published. Reads only.
select publication.number, publication.is_withdrawing
from etl.lake_publications as publication
where publication.lake = $1
    and publication.published_at is null
order by publication.number
