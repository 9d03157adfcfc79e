-- The history has a row for each version that the planner has made of a delivery.
select made.account_cell, made.delivery_id
from (
    select account_cell, delivery_id, count(*) as versions
    from kept_outcomes
    where version is not null
    group by account_cell, delivery_id
) as made
full outer join (
    select states.account_cell, history.delivery_id, count(*) as versions
    from history
    inner join (select distinct account, account_cell from states) as states on states.account = history.account
    group by states.account_cell, history.delivery_id
) as counted
    on counted.account_cell = made.account_cell
    and counted.delivery_id = made.delivery_id
where coalesce(made.versions, -1) <> coalesce(counted.versions, -1)
