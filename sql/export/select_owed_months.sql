-- Purpose: months of check dates that changed since this target last got them. $3: every month. Reads only.
select touched.check_month, touched.delivery_id
from etl.touched_months as touched
left join etl.exports as made
    on made.account = touched.account
    and made.target = $2
    and made.part = to_char(touched.check_month, 'YYYY-MM')
where touched.account = $1
    and ($3::boolean or made.delivery_id is null or made.delivery_id < touched.delivery_id)
order by touched.check_month
