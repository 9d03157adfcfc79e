-- Every file of the pointer was read: there are as many states of a delivery as it says.
select deliveries.account, deliveries.delivery_id
from deliveries
full outer join (
    select account, delivery_id, count(*) as states
    from states
    group by account, delivery_id
) as counted
    on counted.account = deliveries.account
    and counted.delivery_id = deliveries.delivery_id
where coalesce(deliveries.states, -1) <> coalesce(counted.states, 0)
