-- The planner answered for each state. A program that ends early, or another one of its name, does not.
select sent.account_cell, sent.delivery_id
from (
    select account_cell, delivery_id, count(*) as states
    from states
    group by account_cell, delivery_id
) as sent
full outer join (
    select account_cell, delivery_id, count(*) as states
    from kept_outcomes
    group by account_cell, delivery_id
) as returned
    on returned.account_cell = sent.account_cell
    and returned.delivery_id = sent.delivery_id
where coalesce(sent.states, -1) <> coalesce(returned.states, -1)
