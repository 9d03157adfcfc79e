-- Purpose: what each version moves, as finance.version_movements has it: a cancelled reservation is booked at nothing, and so is one
-- without a fee. In another month, hospital or way of payment than before, the amount goes out there (line 1) and comes in here
-- (line 2); otherwise the difference moves (line 2).
create or replace temporary view movements as
with booked as (
    select
        account,
        serial_number,
        version,
        trunc(check_date, 'MM') as check_month,
        hospital_code,
        coalesce(pay_type, '') as pay_type,
        case when order_status = '5' then 0 else coalesce(examination_fee, 0) end as fee
    from history
),

beside as (
    select
        booked.*,
        lag(check_month) over one_reservation as month_before,
        lag(hospital_code) over one_reservation as hospital_before,
        lag(pay_type) over one_reservation as pay_before,
        coalesce(lag(fee) over one_reservation, 0) as fee_before
    from booked
    window one_reservation as (partition by account, serial_number order by version)
),

placed as (
    select
        beside.*,
        month_before is null
        or (month_before = check_month and hospital_before = hospital_code and pay_before = pay_type) as is_same_place
    from beside
)

select account, month_before as check_month, hospital_before as hospital_code, pay_before as pay_type, -fee_before as amount
from placed
where not is_same_place and fee_before <> 0
union all
select account, check_month, hospital_code, pay_type, fee - case when is_same_place then fee_before else 0 end
from placed
where fee <> case when is_same_place then fee_before else 0 end
