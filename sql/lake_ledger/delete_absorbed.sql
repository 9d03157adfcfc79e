-- Purpose: forget the publications of this lake ($1) that have become part of the one that is claimed ($2), which has their versions.
with
absorbed as (
    delete from etl.lake_publications as publication
    where publication.lake = $1
        and publication.number < $2
        and not exists (
            select
            from etl.lake_deliveries as delivery
            where delivery.lake = $1
                and delivery.number = publication.number
        )
    returning publication.versions
)

update etl.lake_publications as publication
set versions = publication.versions + (select coalesce(sum(absorbed.versions), 0) from absorbed)
where publication.lake = $1
    and publication.number = $2
