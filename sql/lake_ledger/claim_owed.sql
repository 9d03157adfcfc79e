-- Purpose: claim as publication $2 the next deliveries of these accounts ($3) that the lake ($1) lacks: the first one, and those behind
-- it as long as they have fewer than $4 versions together. $5: what the lake holds is withdrawn. Empty deliveries wait for one that is
-- not. Gives how many.
with
owed as (
    select
        delivery.account,
        delivery.delivery_id,
        delivery.received,
        delivery.opened,
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
    select owed.*
    from owed
    where owed.versions_before < $4::bigint
        and exists (select from owed as brought where brought.received > 0)
),

claimed as (
    insert into etl.lake_publications (lake, number, versions, is_withdrawing)
    select $1, $2, sum(chosen.opened), $5
    from chosen
    having count(*) > 0
)

insert into etl.lake_deliveries (lake, account, delivery_id, number)
select $1, chosen.account, chosen.delivery_id, $2
from chosen
