-- Purpose: per month of check dates and hospital, reservations by add-on, cancelled ones left out. Reservations count for
-- people: an add-on has no fee of its own, and few choose it twice in a month. $1: accounts; null: every one.
-- $2, $3: first and last check date. Reads only.
select
    'add_on' as dimension,
    uptake.account,
    uptake.hospital_code,
    uptake.add_on_id as code,
    uptake.add_on_name as name,
    date_trunc('month', uptake.check_date)::date as month,
    sum(uptake.reservations)::bigint as reservations,
    0::bigint as cancelled,
    0::bigint as amount,
    sum(uptake.reservations)::bigint as people,
    0::bigint as payers,
    sum(uptake.reservations)::bigint as free,
    sum(uptake.reservations)::bigint as own_people,
    0::bigint as own_payers,
    sum(uptake.reservations)::bigint as own_free
from mart.add_on_uptake as uptake
where ($1::text[] is null or uptake.account = any($1))
    and uptake.check_date between $2 and $3
group by uptake.account, uptake.hospital_code, uptake.add_on_id, uptake.add_on_name, date_trunc('month', uptake.check_date)
order by month, uptake.account, uptake.hospital_code, uptake.add_on_id, uptake.add_on_name
