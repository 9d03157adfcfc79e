-- Purpose: per day (Beijing time) and hospital, what happened to reservations, and (amount) to how many people anything happened in
-- that month there, by which it is decided whether the page may tell it. That one of the backlog became known is 'backlog', and no
-- booking of that day. Arrivals are left out: their day is the check date, of which other figures may have to keep silent about who
-- came. $1: accounts; null: every one. $2, $3: first and last day. Reads only.
with chosen as (
    -- Every event. A reservation without a pseudonym is a person of its own.
    select
        events.account,
        events.hospital_code,
        events.hospital_name,
        case when events.event = 'booked' and events.is_backlog then 'backlog' else events.event end as code,
        events.event_date as day,
        date_trunc('month', events.event_date)::date as month,
        coalesce(events.person_id, events.serial_number) as person
    from mart.reservation_events as events
    where ($1::text[] is null or events.account = any($1))
        -- An index has the instants.
        and events.event_at >= $2::date::timestamp at time zone 'Asia/Shanghai'
        and events.event_at < ($3::date + 1)::timestamp at time zone 'Asia/Shanghai'
        and events.event <> 'arrived'
),
months as (
    -- Each person once in a hospital's month, whatever happened.
    select
        chosen.account,
        chosen.hospital_code,
        chosen.month,
        count(distinct chosen.person) as people
    from chosen
    group by chosen.account, chosen.hospital_code, chosen.month
)
select
    chosen.account,
    chosen.hospital_code,
    max(chosen.hospital_name) as hospital_name,
    chosen.code,
    chosen.day,
    count(*) as reservations,
    months.people as amount
from chosen
inner join months
    on months.account = chosen.account
    and months.hospital_code = chosen.hospital_code
    and months.month = chosen.month
group by chosen.account, chosen.hospital_code, chosen.code, chosen.day, months.people
order by chosen.day, chosen.account, chosen.hospital_code, chosen.code
