-- All that was moved comes to what is active now.
select coalesce(totals.account, active.account) as account
from (
    select account, check_month, hospital_code, pay_type, sum(amount) as amount
    from journal_totals
    group by account, check_month, hospital_code, pay_type
) as totals
full outer join (
    select
        account,
        trunc(check_date, 'MM') as check_month,
        hospital_code,
        coalesce(pay_type, '') as pay_type,
        coalesce(sum(case when order_status <> '5' then examination_fee end), 0) as amount
    from history
    where valid_to is null
    group by account, trunc(check_date, 'MM'), hospital_code, coalesce(pay_type, '')
) as active
    on active.account = totals.account
    and active.check_month = totals.check_month
    and active.hospital_code = totals.hospital_code
    and active.pay_type = totals.pay_type
where coalesce(totals.amount, 0) <> coalesce(active.amount, 0)
