-- Handoffs are numbered 1, 2, 3, …, but for those of which a recovery has lost everything; each goes on where the one before it ends: with
-- its deliveries, its entries, its balance.
-- Invariant: All finance deltas of an account add up to its snapshot, in total, by month, by hospital and by way of
-- payment; each movement is booked once.
with
-- Each handoff beside the one before it.
chained as (
    select
        handoff.*,
        lag(handoff.handoff_number, 1, 0) over journal as previous_number,
        lag(handoff.last_delivery_id, 1, 0::bigint) over journal as previous_delivery_id,
        lag(handoff.first_entry_number + handoff.entries, 1, 1::bigint) over journal as next_entry_number,
        lag(handoff.balance, 1, 0::numeric) over journal as previous_balance
    from finance.handoffs as handoff
    window journal as (partition by handoff.account order by handoff.handoff_number)
)

select chained.account, chained.handoff_number
from chained
where chained.handoff_number - chained.previous_number - 1 <> (
        select count(distinct lost.entry ->> 'handoff_number')
        from etl.journal as lost
        where lost.account = chained.account
            and chained.handoff_number > chained.previous_number + 1
            and lost.entry ->> 'kind' = 'handed_over'
            and (lost.entry ->> 'handoff_number')::integer between chained.previous_number + 1 and chained.handoff_number - 1
    )
    or chained.first_entry_number <> chained.next_entry_number
    or chained.balance <> chained.previous_balance + chained.amount
    or chained.first_delivery_id is distinct from (
        select min(delivery.delivery_id)
        from etl.deliveries as delivery
        where delivery.account = chained.account
            and delivery.delivery_id > chained.previous_delivery_id
    )
