-- Purpose: files of the months that a swap changes are owed anew. Idempotent.
delete from etl.exports as made
using (
    select distinct to_char(touched.check_date, 'YYYY-MM') as part
    from pg_temp.differing_versions as differing
    cross join lateral (values (differing.live_check_date), (differing.replay_check_date)) as touched (check_date)
    where touched.check_date is not null
) as month
where made.account = $1
    and made.part = month.part
