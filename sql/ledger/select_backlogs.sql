-- Purpose: what each account ($1; null: every one) still owes the platform, and has in quarantine: how much, and since when.
-- Accounts with nothing of it are absent. Reads only.
select
    waiting.account,
    count(*) filter (where waiting.what = 'acknowledgement') as acknowledgements,
    min(waiting.since) filter (where waiting.what = 'acknowledgement') as acknowledgements_since,
    count(*) filter (where waiting.what = 'arrival') as arrivals,
    min(waiting.since) filter (where waiting.what = 'arrival') as arrivals_since,
    count(*) filter (where waiting.what = 'record') as quarantined,
    min(waiting.since) filter (where waiting.what = 'record') as quarantined_since
from (
    -- Both are found by partial indexes: what is done with is not read.
    select
        owed.account,
        case when owed.kind = 'arrival' then 'arrival' else 'acknowledgement' end as what,
        owed.created_at as since
    from etl.outbox as owed
    where owed.state = 'pending'
        and ($1::text is null or owed.account = $1)
    union all
    select refused.account, 'record' as what, refused.first_seen_at as since
    from etl.rejections as refused
    where refused.resolved_at is null
        and ($1::text is null or refused.account = $1)
) as waiting
group by waiting.account
order by waiting.account
