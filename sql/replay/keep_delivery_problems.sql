-- Purpose: keep which rules the account's deliveries broke before the swap.
insert into replaced.delivery_problems (delivery_id, field, rule, is_rejecting, records)
select problem.delivery_id, problem.field, problem.rule, problem.is_rejecting, problem.records
from etl.delivery_problems as problem
inner join replay.deliveries as delivery on delivery.delivery_id = problem.delivery_id
where delivery.account = $1
