-- Purpose: what is derived from the check dates that a swap changes is owed again: volumes by day, files by month. The months
-- are known to the exports, new ones too, by the last delivery ($2). Idempotent.
with
-- The dates, and their months.
touched as (
    select distinct
        dates.check_date,
        date_trunc('month', dates.check_date::timestamp)::date as check_month,
        to_char(dates.check_date, 'YYYY-MM') as part
    from pg_temp.differing_versions as differing
    cross join lateral (values (differing.live_check_date), (differing.replay_check_date)) as dates (check_date)
    where dates.check_date is not null
),

stale as (
    insert into etl.stale_check_dates (account, check_date)
    select $1, touched.check_date
    from touched
    on conflict (account, check_date) do nothing
),

months as (
    insert into etl.touched_months as known (account, check_month, delivery_id)
    select distinct $1, touched.check_month, $2::bigint
    from touched
    on conflict (account, check_month) do update
    set delivery_id = excluded.delivery_id
)

delete from etl.exports as made
using (select distinct touched.part from touched) as month
where made.account = $1
    and made.part = month.part
