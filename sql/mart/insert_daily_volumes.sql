-- Purpose: the volumes of these dates, from the current versions. sql/checks/ asks the same of all dates at once.
-- Each date is looked up and summed up by itself, so that memory does not grow with the history.
insert into warehouse.daily_volumes (
    account, check_date, hospital_code, hospital_name, hospital_package_id, hospital_package_name,
    data_sources, order_status, reservations, people, fee_total, arrived, arrivals_reported
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
        count(versions.has_arrived),
        bool_or(count(versions.has_arrived) > 0) over (partition by versions.hospital_code)
    from (
        select
            current.*,
            (
                select true
                from warehouse.arrivals as arrival
                where arrival.account = current.account
                    and arrival.serial_number = current.serial_number
            ) as has_arrived
        from warehouse.reservation_versions as current
        where current.account = $1
            and current.check_date = stale.check_date
            and current.valid_to = 'infinity'
    ) as versions
    group by
        versions.hospital_code,
        versions.hospital_package_id,
        versions.data_sources,
        versions.order_status
) as volumes
