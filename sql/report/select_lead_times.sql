-- Purpose: per check date and hospital, reservations by how many days in advance they were booked, and the sum of those
-- days; cancelled ones and the backlog left out. A booking that became known after its check date counts as one of the same day.
-- $1: accounts; null: every one. $2, $3: first and last check date. $4: the days at which a group of lead times begins,
-- 0 left out; code is the group's number, from 0. Reads only.
select
    pace.account,
    pace.hospital_code,
    max(pace.hospital_name) as hospital_name,
    width_bucket(greatest(pace.lead_days, 0), $4::integer[])::text as code,
    null::text as name,
    pace.check_date as day,
    sum(pace.reservations - pace.cancelled)::bigint as reservations,
    sum(greatest(pace.lead_days, 0) * (pace.reservations - pace.cancelled))::bigint as amount
from mart.booking_pace as pace
where ($1::text[] is null or pace.account = any($1))
    and pace.check_date between $2 and $3
    and pace.reservations > pace.cancelled
    and not pace.is_backlog
group by pace.account, pace.hospital_code, width_bucket(greatest(pace.lead_days, 0), $4::integer[]), pace.check_date
order by pace.check_date, pace.account, pace.hospital_code, code
