-- Purpose: how many callbacks each account still owes, and how many records it has in quarantine; after every round, for
-- monitors. Accounts with neither are absent. Reads only.
select waiting.account, sum(waiting.pending)::bigint as pending, sum(waiting.quarantined)::bigint as quarantined
from (
    -- Both are found by partial indexes: what is done with is not read.
    select owed.account, 1 as pending, 0 as quarantined
    from etl.outbox as owed
    where owed.state = 'pending'
    union all
    select refused.account, 0 as pending, 1 as quarantined
    from etl.rejections as refused
    where refused.resolved_at is null
) as waiting
group by waiting.account
order by waiting.account
