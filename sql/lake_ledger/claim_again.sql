-- Purpose: claim what is no longer true in this lake ($1), or with $3 everything, to be published again together, as the numbers from
-- $2 on. Its deliveries go along. Idempotent, but for the numbers.
update etl.lake_publications as publication
set
    number = renumbered.number,
    claimed_at = now(),
    published_at = null,
    is_withdrawing = publication.is_withdrawing or renumbered.is_stale
from (
    select
        known.number as known_number,
        $2::bigint + row_number() over (order by known.number) - 1 as number,
        stale.number is not null as is_stale
    from etl.lake_publications as known
    left join (
        select distinct delivery.number
        from etl.lake_deliveries as delivery
        where delivery.lake = $1
            and delivery.is_stale
    ) as stale on stale.number = known.number
    where known.lake = $1
        and ($3::boolean or stale.number is not null)
) as renumbered
where publication.lake = $1
    and publication.number = renumbered.known_number
