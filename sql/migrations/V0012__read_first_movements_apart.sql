-- The journal of a first load. A first version has none before it: it books its fee where it stands, and no more needs to be
-- looked at. Nearly all of a first load's versions are such, so they have a select of their own. The rows are the same.
create or replace view finance.version_movements as
select
    versions.account,
    versions.delivery_id,
    versions.serial_number,
    versions.version,
    2 as line_number,
    'posting' as entry_kind,
    versions.change as event,
    versions.valid_from as event_at,
    versions.check_date,
    date_trunc('month', versions.check_date::timestamp)::date as check_month,
    versions.hospital_code,
    versions.hospital_name,
    versions.hospital_package_id,
    versions.hospital_package_name,
    versions.order_status,
    versions.pay_type,
    versions.data_sources,
    0::numeric as amount_before,
    versions.examination_fee as amount_after,
    versions.examination_fee as amount
from warehouse.reservation_versions as versions
where versions.version = 1
    and versions.order_status <> '5'
    and versions.examination_fee <> 0
union all
select
    versions.account,
    versions.delivery_id,
    versions.serial_number,
    versions.version,
    1 as line_number,
    'reversal' as entry_kind,
    versions.change as event,
    versions.valid_from as event_at,
    before.check_date,
    date_trunc('month', before.check_date::timestamp)::date as check_month,
    before.hospital_code,
    before.hospital_name,
    before.hospital_package_id,
    before.hospital_package_name,
    versions.order_status,
    before.pay_type,
    before.data_sources,
    before.examination_fee as amount_before,
    0::numeric as amount_after,
    -before.examination_fee as amount
from warehouse.reservation_versions as versions
cross join lateral (
    select earlier.*
    from warehouse.reservation_versions as earlier
    where earlier.account = versions.account
        and earlier.serial_number = versions.serial_number
        and earlier.version = versions.version - 1
    limit 1
) as before
where versions.version > 1
    and before.order_status <> '5'
    and before.examination_fee <> 0
    and (
        date_trunc('month', before.check_date::timestamp),
        before.hospital_code,
        coalesce(before.pay_type, '')
    ) <> (
        date_trunc('month', versions.check_date::timestamp),
        versions.hospital_code,
        coalesce(versions.pay_type, '')
    )
union all
select
    versions.account,
    versions.delivery_id,
    versions.serial_number,
    versions.version,
    2 as line_number,
    case
        when booked.amount_before = 0 then 'posting'
        when booked.amount_after = 0 then 'reversal'
        else 'adjustment'
    end as entry_kind,
    versions.change as event,
    versions.valid_from as event_at,
    versions.check_date,
    date_trunc('month', versions.check_date::timestamp)::date as check_month,
    versions.hospital_code,
    versions.hospital_name,
    versions.hospital_package_id,
    versions.hospital_package_name,
    versions.order_status,
    versions.pay_type,
    versions.data_sources,
    booked.amount_before,
    booked.amount_after,
    booked.amount_after - booked.amount_before as amount
from warehouse.reservation_versions as versions
left join lateral (
    select earlier.*
    from warehouse.reservation_versions as earlier
    where earlier.account = versions.account
        and earlier.serial_number = versions.serial_number
        and earlier.version = versions.version - 1
    limit 1
) as before on true
cross join lateral (
    select
        case
            when before.order_status <> '5'
                and (
                    date_trunc('month', before.check_date::timestamp),
                    before.hospital_code,
                    coalesce(before.pay_type, '')
                ) = (
                    date_trunc('month', versions.check_date::timestamp),
                    versions.hospital_code,
                    coalesce(versions.pay_type, '')
                )
                then coalesce(before.examination_fee, 0)
            else 0
        end as amount_before,
        case when versions.order_status = '5' then 0 else coalesce(versions.examination_fee, 0) end as amount_after
) as booked
where versions.version > 1
    and booked.amount_before <> booked.amount_after;
