-- The stored entries of a handoff are as many as it says, come to its amount, and are numbered without gaps.
-- Invariant: All finance deltas of an account add up to its snapshot, in total, by month, by hospital and by way of
-- payment; each movement is booked once.
select account, handoff_number
from finance.handoffs as handoff
full join (
    select
        entry.account,
        entry.handoff_number,
        count(*) as entries,
        sum(entry.amount) as amount,
        min(entry.entry_number) as first_entry_number,
        max(entry.entry_number) as last_entry_number
    from finance.numbered_movements as entry
    group by entry.account, entry.handoff_number
) as stored using (account, handoff_number)
where stored.entries is distinct from handoff.entries
    or stored.amount is distinct from handoff.amount
    or stored.first_entry_number is distinct from handoff.first_entry_number
    or stored.last_entry_number is distinct from handoff.first_entry_number + handoff.entries - 1
