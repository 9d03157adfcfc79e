-- Purpose: the entries of the journal and their sum, by account, check month, hospital and way of payment.
insert overwrite directory '${built}/journal_totals' using parquet
select
    account,
    check_month,
    hospital_code,
    pay_type,
    count(*) as entries,
    cast(sum(amount) as decimal(24, 2)) as amount
from movements
group by account, check_month, hospital_code, pay_type
order by account, check_month, hospital_code, pay_type
