-- Purpose: what an operator's check-up asks of one account: what it owes the platform and since when, how much is in
-- quarantine and since when, its last good night, how its last run ended, and the size of its last delivery. Reads only.
select
    owed.acknowledgements,
    owed.oldest_at,
    refused.records,
    refused.oldest_at,
    (
        select max(run.finished_at)
        from etl.runs as run
        where run.account = $1
            and run.outcome in ('succeeded', 'quarantined', 'pending')
            and exists (
                select
                from etl.deliveries as delivery
                where delivery.run_id = run.run_id
                    and not delivery.is_retry
            )
    ) as loaded_at,
    (
        select run.outcome
        from etl.runs as run
        where run.account = $1
        order by run.run_id desc
        limit 1
    ) as last_outcome,
    (
        select delivery.body_bytes
        from etl.deliveries as delivery
        where delivery.account = $1
            and not delivery.is_retry
        order by delivery.delivery_id desc
        limit 1
    ) as body_bytes
from (
    select count(*) as acknowledgements, min(pending.created_at) as oldest_at
    from etl.outbox as pending
    where pending.account = $1
        and pending.state = 'pending'
) as owed
cross join (
    select count(*) as records, min(quarantined.first_seen_at) as oldest_at
    from etl.rejections as quarantined
    where quarantined.account = $1
        and quarantined.resolved_at is null
) as refused
