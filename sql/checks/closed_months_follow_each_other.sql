-- Closed months follow each other without a gap; each opens with the closing balance of the one before it, and moves what the
-- entries of its handoffs move.
-- Invariant: A closed month never changes, and its closing balance is the next month's opening balance.
with
-- Each month beside the one before it.
chained as (
    select
        months.*,
        lag(months.posting_month) over account_months as previous_month,
        lag(months.last_handoff_number, 1, 0) over account_months as previous_handoff_number
    from finance.months as months
    window account_months as (partition by months.account order by months.posting_month)
),

-- What its entries move.
moved as (
    select
        chained.account,
        chained.posting_month,
        entry.hospital_code,
        coalesce(entry.pay_type, '') as pay_type,
        entry.check_month,
        sum(entry.amount) as amount
    from chained
    inner join finance.numbered_movements as entry
        on entry.account = chained.account
        and entry.handoff_number between chained.first_handoff_number and chained.last_handoff_number
    group by 1, 2, 3, 4, 5
),

-- What it is to open with.
carried as (
    select
        chained.account,
        chained.posting_month,
        before.hospital_code,
        before.pay_type,
        before.check_month,
        before.closing
    from chained
    inner join finance.month_balances as before
        on before.account = chained.account
        and before.posting_month = chained.previous_month
    where before.closing <> 0
)

select chained.account, chained.posting_month
from chained
where chained.first_handoff_number <> chained.previous_handoff_number + 1
    or chained.posting_month <> chained.previous_month + interval '1 month'
union all
select account, posting_month
from finance.month_balances as balance
full join moved using (account, posting_month, hospital_code, pay_type, check_month)
full join carried using (account, posting_month, hospital_code, pay_type, check_month)
where balance.closing is null
    or balance.opening <> coalesce(carried.closing, 0)
    or balance.postings + balance.adjustments + balance.reversals + balance.earlier_months <> coalesce(moved.amount, 0)
    or balance.closing <> balance.opening + coalesce(moved.amount, 0)
