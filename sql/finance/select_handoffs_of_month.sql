-- Purpose: the handoffs of a closed month, oldest first; of one without any, a row of nulls. No row: it is not closed. Reads only.
select
    handoff.handoff_number,
    handoff.first_delivery_id,
    handoff.last_delivery_id,
    handoff.as_of,
    handoff.first_entry_number,
    handoff.entries,
    handoff.amount,
    handoff.balance
from finance.months as months
left join finance.handoffs as handoff
    on handoff.account = months.account
    and handoff.handoff_number between months.first_handoff_number and months.last_handoff_number
where months.account = $1
    and months.posting_month = $2
order by handoff.handoff_number
