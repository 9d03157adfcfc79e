-- Purpose: per check date and hospital, the people who have a reservation, cancelled or not, and (amount) those who have one that is
-- not cancelled, by which it is decided whether the page may say what became of them. One without a pseudonym is a person of its
-- own. $1: accounts; null: every one. $2, $3: first and last check date. Reads only.
select
    current.account,
    current.hospital_code,
    max(current.hospital_name) as hospital_name,
    'people' as code,
    current.check_date as day,
    count(distinct coalesce(current.person_id, current.serial_number)) as reservations,
    count(distinct coalesce(current.person_id, current.serial_number)) filter (where not current.is_cancelled) as amount
from mart.reservations_current as current
where ($1::text[] is null or current.account = any($1))
    and current.check_date between $2 and $3
group by current.account, current.hospital_code, current.check_date
order by current.check_date, current.account, current.hospital_code
