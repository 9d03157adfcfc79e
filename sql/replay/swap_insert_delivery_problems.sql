-- Purpose: the rules of today's contract that the account's deliveries break.
insert into etl.delivery_problems (delivery_id, field, rule, is_rejecting, records)
select problem.delivery_id, problem.field, problem.rule, problem.is_rejecting, problem.records
from replay.delivery_problems as problem
inner join replay.deliveries as delivery on delivery.delivery_id = problem.delivery_id
where delivery.account = $1
