-- Purpose: claim as publication $2 the next deliveries of these accounts ($3) that the lake ($1) lacks: the first one, and those behind
-- it as long as they have fewer than $4 versions together. Gives how many.
with
owed as (
    select
        delivery.account,
        delivery.delivery_id,
        sum(delivery.opened) over (order by delivery.delivery_id) - delivery.opened as versions_before
    from etl.deliveries as delivery
    where delivery.account = any($3::text[])
        and not exists (
            select
            from etl.lake_deliveries as known
            where known.lake = $1
                and known.delivery_id = delivery.delivery_id
        )
),

chosen as (
    select owed.account, owed.delivery_id
    from owed
    where owed.versions_before < $4::bigint
),

claimed as (
    insert into etl.lake_publications (lake, number)
    select $1, $2
    where exists (select from chosen)
)

insert into etl.lake_deliveries (lake, account, delivery_id, number)
select $1, chosen.account, chosen.delivery_id, $2
from chosen
