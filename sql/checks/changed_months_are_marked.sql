-- Every month that has versions is known to the exports.
select distinct versions.account, date_trunc('month', versions.check_date)::date as check_month
from warehouse.reservation_versions as versions
left join etl.touched_months as touched
    on touched.account = versions.account
    and touched.check_month = date_trunc('month', versions.check_date)::date
where touched.check_month is null
