-- Purpose: per day (Beijing time) and hospital, what happened to reservations. That one of the backlog became known is
-- 'backlog', and no booking of that day. $1: accounts; null: every one. $2, $3: first and last day. Reads only.
select
    events.account,
    events.hospital_code,
    max(events.hospital_name) as hospital_name,
    happened.code,
    events.event_date as day,
    count(*) as reservations,
    0::bigint as amount
from mart.reservation_events as events
cross join lateral (
    select case when events.event = 'booked' and events.is_backlog then 'backlog' else events.event end as code
) as happened
where ($1::text[] is null or events.account = any($1))
    -- An index has the instants.
    and events.event_at >= $2::date::timestamp at time zone 'Asia/Shanghai'
    and events.event_at < ($3::date + 1)::timestamp at time zone 'Asia/Shanghai'
group by events.account, events.hospital_code, happened.code, events.event_date
order by events.event_date, events.account, events.hospital_code, happened.code
