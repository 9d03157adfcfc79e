-- Purpose: months of check dates that changed since this target last got them, or that it never got. $3: every month. Reads only.
select
    touched.check_month,
    touched.delivery_id,
    delivery.effective_at,
    made.delivery_id is not null as is_known
from etl.touched_months as touched
inner join etl.deliveries as delivery
    on delivery.delivery_id = touched.delivery_id
left join etl.exports as made
    on made.account = touched.account
    and made.target = $2
    and made.part = to_char(touched.check_month, 'YYYY-MM')
where touched.account = $1
    and ($3::boolean or made.delivery_id is null or made.delivery_id < touched.delivery_id)
order by touched.check_month
