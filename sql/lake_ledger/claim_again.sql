-- Purpose: claim what is no longer true in this lake ($1), or with $3 everything, to be published again together, as the numbers from
-- $2 on. $4: the publications of which something is no longer true. Their deliveries move with them. Everything is withdrawn, too:
-- after a restored backup, nobody knows what the lake holds. Idempotent, but for the numbers.
update etl.lake_publications as publication
set
    number = renumbered.number,
    claimed_at = now(),
    published_at = null,
    is_withdrawing = true
from (
    select
        known.number as known_number,
        $2::bigint + row_number() over (order by known.number) - 1 as number
    from etl.lake_publications as known
    where known.lake = $1
        and ($3::boolean or known.number = any($4::bigint[]))
) as renumbered
where publication.lake = $1
    and publication.number = renumbered.known_number
