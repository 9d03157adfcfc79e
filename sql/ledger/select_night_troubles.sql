-- Purpose: what an operator's check-up asks of one account about what went wrong since its last good night: runs that failed,
-- runs that were killed (they have no end, and nobody holds the account for them), why nothing past its days was removed; and
-- about the platform's clock: how far the newest delivery's time lay behind its receipt where that did not count, and how
-- many deliveries there are of that kind. Reads only.
with
-- The last run that loaded a delivery and came to its end.
good as (
    select coalesce(max(run.run_id), 0) as run_id
    from etl.runs as run
    where run.account = $1
        and run.outcome in ('succeeded', 'quarantined', 'pending')
        and exists (
            select
            from etl.deliveries as delivery
            where delivery.run_id = run.run_id
                and not delivery.is_retry
        )
),

-- Runs since.
since as (
    select run.run_id, run.finished_at, run.outcome
    from etl.runs as run
    cross join good
    where run.account = $1
        and run.run_id > good.run_id
),

-- The run that is under way, if there is one: the newest, while the account is locked.
under_way as (
    select max(since.run_id) as run_id
    from since
    where exists (
        select
        from pg_locks as lock
        where lock.locktype = 'advisory'
            and lock.database = (select oid from pg_database where datname = current_database())
            and lock.objsubid = 1
            and (lock.classid::bigint << 32) | lock.objid::bigint = hashtextextended('tijian account ' || $1, 0)
    )
),

-- The last delivery.
newest as (
    select delivery.effective_source, delivery.platform_at, delivery.received_at
    from etl.deliveries as delivery
    where delivery.account = $1
        and not delivery.is_retry
    order by delivery.delivery_id desc
    limit 1
)

select
    (select count(*) from since where since.outcome in ('failed', 'temporary')) as failed,
    (
        select count(*)
        from since
        cross join under_way
        where since.finished_at is null
            and since.run_id is distinct from under_way.run_id
    ) as killed,
    (select run.retention_note from etl.runs as run join good on good.run_id = run.run_id) as retention_note,
    (
        select extract(epoch from newest.platform_at - newest.received_at)::bigint
        from newest
        where newest.effective_source = 'receipt'
    ) as seconds_ahead,
    (
        select count(*)
        from etl.deliveries as delivery
        where delivery.account = $1
            and delivery.effective_source = 'receipt'
            and delivery.platform_at is not null
    ) as future_times
