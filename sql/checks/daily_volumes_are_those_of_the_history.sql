-- The volumes that were kept up date by date are those that a full recomputation gives, but for dates still to be remade.
-- Invariant: The volumes that analysts see are those of the history, and only touched dates are computed again.
with
-- The full recomputation.
recomputed as (
    select
        versions.account,
        versions.check_date,
        versions.hospital_code,
        max(versions.hospital_name) as hospital_name,
        versions.hospital_package_id,
        max(versions.hospital_package_name) as hospital_package_name,
        versions.data_sources,
        versions.order_status,
        count(*) as reservations,
        count(distinct versions.person_id) as people,
        coalesce(sum(versions.examination_fee), 0) as fee_total,
        count(arrival.serial_number) as arrived,
        bool_or(count(arrival.serial_number) > 0) over (
            partition by versions.account, versions.check_date, versions.hospital_code
        ) as arrivals_reported
    from warehouse.reservation_versions as versions
    left join warehouse.arrivals as arrival
        on arrival.account = versions.account
        and arrival.serial_number = versions.serial_number
    where versions.valid_to = 'infinity'
    group by
        versions.account,
        versions.check_date,
        versions.hospital_code,
        versions.hospital_package_id,
        versions.data_sources,
        versions.order_status
),

-- Rows that are on one side only.
different as (
    (select recomputed.* from recomputed except all select volumes.* from warehouse.daily_volumes as volumes)
    union all
    (select volumes.* from warehouse.daily_volumes as volumes except all select recomputed.* from recomputed)
)

select different.account, different.check_date
from different
left join etl.stale_check_dates as stale
    on stale.account = different.account
    and stale.check_date = different.check_date
where stale.check_date is null
