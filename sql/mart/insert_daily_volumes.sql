-- Purpose: the volumes of these dates, from the current versions. sql/checks/ asks the same of all dates at once.
-- Each date is looked up and summed up by itself, so that memory does not grow with the history.
insert into warehouse.daily_volumes (
    account, check_date, hospital_code, hospital_name, hospital_package_id, hospital_package_name,
    data_sources, order_status, reservations, people, fee_total, arrived
)
select $1, stale.check_date, volumes.*
from unnest($2::date[]) as stale (check_date)
cross join lateral (
    select
        versions.hospital_code,
        max(versions.hospital_name),
        versions.hospital_package_id,
        max(versions.hospital_package_name),
        versions.data_sources,
        versions.order_status,
        count(*),
        count(distinct versions.person_id),
        coalesce(sum(versions.examination_fee), 0),
        count((
            select true
            from warehouse.arrivals as arrival
            where arrival.account = versions.account
                and arrival.serial_number = versions.serial_number
        ))
    from warehouse.reservation_versions as versions
    where versions.account = $1
        and versions.check_date = stale.check_date
        and versions.valid_to = 'infinity'
    group by
        versions.hospital_code,
        versions.hospital_package_id,
        versions.data_sources,
        versions.order_status
) as volumes
