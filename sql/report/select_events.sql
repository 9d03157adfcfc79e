-- Purpose: per day (Beijing time) and hospital, what happened to reservations. $1: accounts; null: every one.
-- $2, $3: first and last day. Reads only.
select
    events.account,
    events.hospital_code,
    max(events.hospital_name) as hospital_name,
    events.event as code,
    null::text as name,
    (events.event_at at time zone 'Asia/Shanghai')::date as day,
    count(*) as reservations,
    0::bigint as amount
from mart.reservation_events as events
where ($1::text[] is null or events.account = any($1))
    and events.event_at >= $2::date::timestamp at time zone 'Asia/Shanghai'
    and events.event_at < ($3::date + 1)::timestamp at time zone 'Asia/Shanghai'
group by events.account, events.hospital_code, events.event, day
order by day, events.account, events.hospital_code, events.event
