-- There are as many versions of a delivery as the ledger says that it has opened. Of decoded states it says nothing (null).
select deliveries.account, deliveries.delivery_id
from deliveries
full outer join (
    select account, delivery_id, count(*) as versions
    from history
    group by account, delivery_id
) as counted
    on counted.account = deliveries.account
    and counted.delivery_id = deliveries.delivery_id
where deliveries.delivery_id is null
    or deliveries.opened <> coalesce(counted.versions, 0)
