-- Purpose: how many refused records, each content once, today's contract accepts ($1: the account), how many accepted ones it
-- refuses, and in how many deliveries refusals differ. The quarantine keeps neither every record for good nor every delivery
-- of a record, so what it has not counts only where a delivery's or a batch's counts differ. What a
-- retry has loaded is not new. Reads only.
with
-- Refused records and broken rules of the deliveries, in truth (1) and in the replay (-1). Broken rules count where the ledger
-- counted them already.
counted as (
    select delivery.delivery_id, null as request_id, null as field, null as rule, live.rejected - delivery.rejected as surplus
    from replay.deliveries as delivery
    inner join etl.deliveries as live on live.delivery_id = delivery.delivery_id
    where delivery.account = $1
    union all
    select batches.delivery_id, batches.request_id, null, null, batches.rejected
    from replay.deliveries as delivery
    inner join etl.batches as batches on batches.delivery_id = delivery.delivery_id
    where delivery.account = $1
    union all
    select batches.delivery_id, batches.request_id, null, null, -batches.rejected
    from replay.deliveries as delivery
    inner join replay.batches as batches on batches.delivery_id = delivery.delivery_id
    where delivery.account = $1
    union all
    select problem.delivery_id, null, problem.field, problem.rule, problem.records
    from replay.deliveries as delivery
    inner join etl.delivery_problems as problem on problem.delivery_id = delivery.delivery_id
    where delivery.account = $1
        and problem.is_rejecting
    union all
    select problem.delivery_id, null, problem.field, problem.rule, -problem.records
    from replay.deliveries as delivery
    inner join replay.delivery_problems as problem on problem.delivery_id = delivery.delivery_id
    where delivery.account = $1
        and problem.is_rejecting
        and exists (select from etl.delivery_problems as kept where kept.delivery_id <= problem.delivery_id)
),

-- Deliveries in which they differ.
differing as (
    select distinct sums.delivery_id
    from (
        select counted.delivery_id
        from counted
        group by counted.delivery_id, counted.request_id, counted.field, counted.rule
        having sum(counted.surplus) <> 0
    ) as sums
)

select
    (
        select count(*)
        from etl.rejections as refused
        where refused.account = $1
            and (refused.sealed_record is not null or refused.resolution = 'discarded')
            and refused.resolution is distinct from 'loaded'
            and exists (
                select
                from differing
                where differing.delivery_id between refused.first_delivery_id and refused.last_delivery_id
            )
            and not exists (
                select
                from replay.rejections as replayed
                where replayed.account = refused.account
                    and replayed.content_sha256 = refused.content_sha256
            )
    ) as newly_accepted,
    (
        select count(*)
        from replay.rejections as replayed
        where replayed.account = $1
            and exists (
                select
                from differing
                where differing.delivery_id between replayed.first_delivery_id and replayed.last_delivery_id
            )
            and not exists (
                select
                from etl.rejections as refused
                where refused.account = replayed.account
                    and refused.content_sha256 = replayed.content_sha256
            )
    ) as newly_refused,
    (select count(*) from differing) as deliveries
