-- Purpose: the lake's pointer names what was claimed, and what it has replaced is gone. $2: the number that it was moved to. Idempotent.
with
moved as (
    update etl.lakes as lake
    set
        number = $2,
        publication_id = lake.claim_id
    where lake.lake = $1
)

update etl.lake_publications as publication
set
    published_at = now(),
    is_withdrawing = false
where publication.lake = $1
    and publication.published_at is null
