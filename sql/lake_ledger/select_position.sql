-- Purpose: the publication that the lake's pointer was last moved to, and the last one that it is to be moved to: none is 0. And their
-- ids. Reads only.
select
    lake.number as published,
    coalesce((
        select max(publication.number)
        from etl.lake_publications as publication
        where publication.lake = lake.lake
            and publication.published_at is null
    ), 0) as claimed,
    lake.publication_id,
    lake.claim_id
from etl.lakes as lake
where lake.lake = $1
