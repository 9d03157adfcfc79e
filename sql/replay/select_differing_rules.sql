-- Purpose: rules that records break more often, or less often, by today's contract. Reads only. Before the version that
-- counts them, nothing was counted; such deliveries are left out.
select
    broken.field,
    broken.rule,
    broken.is_rejecting,
    sum(broken.live)::bigint as live,
    sum(broken.replayed)::bigint as replayed
from (
    select problem.delivery_id, problem.field, problem.rule, problem.is_rejecting, problem.records as live, 0 as replayed
    from etl.delivery_problems as problem
    union all
    select problem.delivery_id, problem.field, problem.rule, problem.is_rejecting, 0, problem.records
    from replay.delivery_problems as problem
) as broken
inner join replay.deliveries as delivery on delivery.delivery_id = broken.delivery_id
where delivery.account = $1
    and exists (select from etl.delivery_problems as counted where counted.delivery_id <= broken.delivery_id)
group by broken.field, broken.rule, broken.is_rejecting
having sum(broken.live) <> sum(broken.replayed)
order by broken.field, broken.rule, broken.is_rejecting
