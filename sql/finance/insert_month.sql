-- Purpose: a month that was closed before, with the figures of then ($6).
with months as (
    insert into finance.months (account, posting_month, first_handoff_number, last_handoff_number, closed_at)
    values ($1, $2, $3, $4, $5)
    returning account, posting_month
)

insert into finance.month_balances (
    account, posting_month, hospital_code, pay_type, check_month, hospital_name, pay_type_zh, opening, postings, adjustments,
    reversals, earlier_months, closing, performed
)
select
    months.account,
    months.posting_month,
    balance.hospital_code,
    balance.pay_type,
    balance.check_month,
    balance.hospital_name,
    balance.pay_type_zh,
    balance.opening,
    balance.postings,
    balance.adjustments,
    balance.reversals,
    balance.earlier_months,
    balance.closing,
    balance.performed
from months
cross join lateral jsonb_populate_recordset(null::finance.month_balances, $6::text::jsonb) as balance
