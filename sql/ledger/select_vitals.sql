-- Purpose: what an operator's check-up asks of one account beside what waits: its last good night, how its last run ended, and
-- the size of its last delivery. Reads only.
select
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
