-- Purpose: months of check dates whose file this target has, with what the file holds. Reads only.
select
    touched.check_month,
    made.sha256
from etl.exports as made
inner join etl.touched_months as touched
    on touched.account = made.account
    and to_char(touched.check_month, 'YYYY-MM') = made.part
where made.account = $1
    and made.target = $2
    and made.rows > 0
order by touched.check_month
