-- Purpose: number what these deliveries have moved; nothing where they have moved no money. One statement, so it is there
-- whole or not at all; the primary key keeps a second one out.
-- The range stands in it as values, so that it is found through the block-range index.
insert into finance.handoffs (
    account, handoff_number, first_delivery_id, last_delivery_id, as_of, first_entry_number, entries, amount, balance
)
select
    $1,
    $2,
    $3,
    $4,
    delivery.effective_at,
    coalesce(last.first_entry_number + last.entries, 1),
    moved.entries,
    moved.amount,
    coalesce(last.balance, 0) + moved.amount
from (
    select count(*) as entries, sum(movement.amount) as amount
    from finance.movements as movement
    where movement.account = $1
        and movement.delivery_id between $3 and $4
) as moved
inner join etl.deliveries as delivery on delivery.delivery_id = $4
left join finance.handoffs as last
    on last.account = $1
    and last.handoff_number = $2 - 1
where moved.entries > 0
returning recorded_at
