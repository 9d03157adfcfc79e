-- Purpose: per check date that is over and hospital, reservations that were not cancelled, and how many of them arrived,
-- where arrivals are reported; elsewhere (code 'unreported') only the reservations. $1: accounts; null: every one.
-- $2, $3: first and last check date. Reads only.
select
    rates.account,
    rates.hospital_code,
    max(rates.hospital_name) as hospital_name,
    case when rates.arrivals_reported then 'reported' else 'unreported' end as code,
    rates.check_date as day,
    sum(rates.booked)::bigint as reservations,
    coalesce(sum(rates.arrived), 0)::bigint as amount
from mart.arrival_rates as rates
where ($1::text[] is null or rates.account = any($1))
    and rates.check_date between $2 and $3
    and rates.is_over
group by rates.account, rates.hospital_code, rates.arrivals_reported, rates.check_date
order by rates.check_date, rates.account, rates.hospital_code, rates.arrivals_reported
