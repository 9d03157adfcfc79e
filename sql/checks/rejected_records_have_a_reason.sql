-- A delivery that refused records says which rules they broke (since the version that counts them).
select delivery.delivery_id, delivery.rejected
from etl.deliveries as delivery
where delivery.rejected > 0
    and exists (select from etl.delivery_problems as counted where counted.delivery_id <= delivery.delivery_id)
    and delivery.rejected > (
        select coalesce(sum(problem.records), 0)
        from etl.delivery_problems as problem
        where problem.delivery_id = delivery.delivery_id
            and problem.is_rejecting
    )
