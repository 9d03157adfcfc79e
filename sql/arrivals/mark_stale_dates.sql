-- Purpose: the check dates of the arrivals that are taken, or withdrawn: their volumes are made again after the commit, and so are
-- the files of their months. Idempotent.
with
-- Of the reservations as they are now.
dates as (
    select distinct current.check_date
    from unnest($2::text[]) as taken (serial_number)
    cross join lateral (
        select versions.check_date
        from warehouse.reservation_versions as versions
        where versions.account = $1
            and versions.serial_number = taken.serial_number
            and versions.valid_to = 'infinity'
        limit 1
    ) as current
),

stale as (
    insert into etl.stale_check_dates (account, check_date)
    select $1, dates.check_date
    from dates
    on conflict (account, check_date) do nothing
)

-- No delivery has changed them: as if the files held none. (Forgotten altogether, they would be taken from who reads them.)
update etl.exports as made
set delivery_id = 0
from (select distinct to_char(dates.check_date, 'YYYY-MM') as part from dates) as month
where made.account = $1
    and made.target like 'daily_volumes %'
    and made.part = month.part
