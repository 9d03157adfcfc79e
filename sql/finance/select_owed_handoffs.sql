-- Purpose: handoffs that this target does not have yet, oldest first. $3: every one.
select
    handoff.handoff_number,
    handoff.first_delivery_id,
    handoff.last_delivery_id,
    handoff.as_of,
    handoff.first_entry_number,
    handoff.entries,
    handoff.amount,
    handoff.balance
from finance.handoffs as handoff
left join etl.exports as made
    on made.account = handoff.account
    and made.target = $2
    and made.part = 'delta-' || to_char(handoff.handoff_number, 'FM000000')
where handoff.account = $1
    and ($3::boolean or made.part is null)
order by handoff.handoff_number
