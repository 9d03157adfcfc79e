-- Purpose: the figures of a closed month, a way of payment in words first, with its code. Reads only.
select
    balance.account,
    to_char(balance.posting_month, 'YYYY-MM') as posting_month,
    balance.hospital_code,
    balance.hospital_name,
    coalesce(nullif(balance.pay_type_zh, ''), nullif(balance.pay_type, ''), '未注明') as pay_type_zh,
    balance.pay_type,
    to_char(balance.check_month, 'YYYY-MM') as check_month,
    balance.opening,
    balance.postings,
    balance.adjustments,
    balance.reversals,
    balance.earlier_months,
    balance.closing,
    balance.performed,
    (balance.closing - balance.performed)::numeric(24, 2) as prepaid
from finance.month_balances as balance
where balance.account = $1
    and balance.posting_month = $2
order by balance.hospital_code collate "C", balance.pay_type collate "C", balance.check_month
