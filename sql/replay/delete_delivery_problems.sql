-- Purpose: the rules that the account's deliveries broke are counted anew by the statement that follows.
delete from etl.delivery_problems as problem
using replay.deliveries as delivery
where delivery.delivery_id = problem.delivery_id
    and delivery.account = $1
