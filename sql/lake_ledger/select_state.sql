-- Purpose: the last publication of the lake ($1), and how many deliveries of an account ($2) it lacks, or has as they
-- were before. Reads only.
select
    coalesce((
        select lake.number
        from etl.lakes as lake
        where lake.lake = $1
    ), 0) as published,
    coalesce((
        select max(publication.number)
        from etl.lake_publications as publication
        where publication.lake = $1
            and publication.published_at is null
    ), 0) as claimed,
    (
        select count(*)
        from etl.deliveries as delivery
        where delivery.account = $2
            and delivery.received > 0
            and not exists (
                select
                from etl.lake_deliveries as known
                inner join etl.lake_publications as publication
                    on publication.lake = known.lake
                    and publication.number = known.number
                where known.lake = $1
                    and known.delivery_id = delivery.delivery_id
                    and not known.is_stale
                    and publication.published_at is not null
            )
    ) as owed
