-- Purpose: the volumes of accounts ($1) as of these deliveries of theirs ($2), as sql/lake/write_daily_volumes.sql makes them from
-- the lake. Reads only.
select
    current.account,
    current.check_date,
    current.hospital_code,
    max(current.hospital_name collate "C") as hospital_name,
    current.hospital_package_id,
    max(current.hospital_package_name collate "C") as hospital_package_name,
    current.data_sources,
    current.order_status,
    count(*) as reservations,
    count(distinct current.person_id) as people,
    coalesce(sum(current.examination_fee), 0) as fee_total
from (
    select
        versions.*,
        lead(versions.version) over (
            partition by versions.account, versions.serial_number order by versions.version
        ) as next_version
    from unnest($1::text[], $2::bigint[]) as wanted (account, delivery_id)
    inner join warehouse.reservation_versions as versions
        on versions.account = wanted.account
        and versions.delivery_id <= wanted.delivery_id
) as current
where current.next_version is null
group by
    current.account,
    current.check_date,
    current.hospital_code,
    current.hospital_package_id,
    current.data_sources,
    current.order_status
order by
    current.account collate "C",
    current.check_date,
    current.hospital_code collate "C",
    current.hospital_package_id collate "C" nulls first,
    current.data_sources collate "C" nulls first,
    current.order_status collate "C"
