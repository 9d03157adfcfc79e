-- Purpose: the check dates of the arrivals that are taken, or withdrawn: their volumes are made anew after the
-- commit. Idempotent.
insert into etl.stale_check_dates (account, check_date)
select distinct $1, current.check_date
from unnest($2::text[]) as taken (serial_number)
cross join lateral (
    select versions.check_date
    from warehouse.reservation_versions as versions
    where versions.account = $1
        and versions.serial_number = taken.serial_number
        and versions.valid_to = 'infinity'
    limit 1
) as current
on conflict (account, check_date) do nothing
