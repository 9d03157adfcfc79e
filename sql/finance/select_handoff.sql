-- Purpose: one handoff. Reads only.
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
where handoff.account = $1
    and handoff.handoff_number = $2
