-- Purpose: open rejections by field and rule. A record with two reasons counts under both. Reads only.
select
    refused.account,
    coalesce(reason.value ->> 'field', '') as field,
    reason.value ->> 'rule' as rule,
    count(*) as records,
    min(refused.first_seen_at) as oldest_at
from etl.rejections as refused
cross join lateral jsonb_array_elements(refused.reasons) as reason
where refused.resolved_at is null
group by refused.account, field, rule
order by refused.account, records desc, field, rule
