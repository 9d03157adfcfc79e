-- Purpose: the deliveries whose states took effect in the period, by their day (Beijing time), as events go by.
-- $1: accounts; null: every one. $2, $3: first and last day. Reads only.
select
    loads.account,
    loads.delivery_id,
    (loads.effective_at at time zone 'Asia/Shanghai')::date as day,
    loads.received,
    loads.accepted,
    loads.rejected,
    loads.unchanged,
    loads.opened,
    loads.warned
from mart.load_quality as loads
where ($1::text[] is null or loads.account = any($1))
    and loads.effective_at >= $2::date::timestamp at time zone 'Asia/Shanghai'
    and loads.effective_at < ($3::date + 1)::timestamp at time zone 'Asia/Shanghai'
order by loads.delivery_id
