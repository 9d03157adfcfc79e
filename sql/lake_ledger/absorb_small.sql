-- Purpose: make small publications of this lake ($1) part of the one that is claimed ($2): those next before it, as long as each has no
-- more versions than all behind it, and all together fewer than $3. So a lake has as many publications as its versions have
-- digits, and each version is written as often.
with
sized as (
    select
        publication.number,
        publication.versions,
        sum(publication.versions) over (
            order by publication.number desc
            rows between unbounded preceding and 1 preceding
        ) as behind
    from etl.lake_publications as publication
    where publication.lake = $1
),

small as (
    select
        sized.number,
        bool_and(sized.versions <= sized.behind and sized.versions + sized.behind < $3::bigint)
            over (order by sized.number desc) as is_absorbed
    from sized
    where sized.number < $2
)

update etl.lake_deliveries as delivery
set number = $2
from small
where delivery.lake = $1
    and delivery.number = small.number
    and small.is_absorbed
