-- Purpose: the rules that those deliveries broke, and by how many records. $1: accounts; null: every one.
-- $2, $3: first and last day. Reads only.
select
    loads.account,
    (loads.effective_at at time zone 'Asia/Shanghai')::date as day,
    broken.field,
    broken.rule,
    broken.is_rejecting,
    sum(broken.records)::bigint as records
from mart.load_quality_by_rule as broken
inner join mart.load_quality as loads on loads.delivery_id = broken.delivery_id
where ($1::text[] is null or loads.account = any($1))
    and loads.effective_at >= $2::date::timestamp at time zone 'Asia/Shanghai'
    and loads.effective_at < ($3::date + 1)::timestamp at time zone 'Asia/Shanghai'
group by loads.account, day, broken.field, broken.rule, broken.is_rejecting
order by day, loads.account, broken.field, broken.rule, broken.is_rejecting
