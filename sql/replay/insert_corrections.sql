-- Purpose: what finance has to be told with the next handoff, since it is not what it was handed: for each reservation, taken
-- out where it stood (line 1), put in where it stands (line 2), as in finance.version_movements. Nothing where nothing was
-- handed over. Idempotent.
with
-- Corrections of an earlier swap: they are stored as handed over, or made again here.
outdated as (
    delete from finance.corrections as correction
    where correction.account = $1
),

-- What was handed over of each reservation, place by place, with its last entry there.
booked as (
    select
        moved.serial_number,
        moved.check_month,
        moved.hospital_code,
        coalesce(moved.pay_type, '') as place_pay_type,
        sum(moved.amount) as amount
    from finance.numbered_movements as moved
    where moved.account = $1
    group by moved.serial_number, moved.check_month, moved.hospital_code, coalesce(moved.pay_type, '')
    having sum(moved.amount) <> 0
),

-- The state of each reservation as of the last delivery that was handed over, by the new history.
latest as (
    select distinct on (versions.serial_number)
        versions.*,
        date_trunc('month', versions.check_date::timestamp)::date as check_month,
        case when versions.order_status = '5' then 0 else coalesce(versions.examination_fee, 0) end as amount
    from warehouse.reservation_versions as versions
    inner join finance.kept as kept
        on kept.account = versions.account
        and kept.last_delivery_id >= versions.delivery_id
    where versions.account = $1
    order by versions.serial_number, versions.version desc
),

-- Booked where nothing stands any more.
taken_out as (
    select booked.*
    from booked
    left join latest
        on latest.serial_number = booked.serial_number
        and latest.check_month = booked.check_month
        and latest.hospital_code = booked.hospital_code
        and coalesce(latest.pay_type, '') = booked.place_pay_type
        and latest.amount <> 0
    where latest.serial_number is null
)

insert into finance.corrections (
    account, serial_number, version, line_number, entry_kind, event, event_at, check_date, check_month,
    hospital_code, hospital_name, hospital_package_id, hospital_package_name, order_status, pay_type, data_sources,
    amount_before, amount_after, amount
)
select
    $1,
    last.serial_number,
    last.version,
    1,
    'reversal',
    'corrected',
    now(),
    last.check_date,
    last.check_month,
    last.hospital_code,
    last.hospital_name,
    last.hospital_package_id,
    last.hospital_package_name,
    last.order_status,
    last.pay_type,
    last.data_sources,
    taken_out.amount,
    0,
    -taken_out.amount
from taken_out
cross join lateral (
    select moved.*
    from finance.numbered_movements as moved
    where moved.account = $1
        and moved.serial_number = taken_out.serial_number
        and moved.check_month = taken_out.check_month
        and moved.hospital_code = taken_out.hospital_code
        and coalesce(moved.pay_type, '') = taken_out.place_pay_type
    order by moved.delivery_id desc, moved.version desc, moved.line_number desc
    limit 1
) as last
union all
select
    $1,
    latest.serial_number,
    latest.version,
    2,
    case when booked.serial_number is null then 'posting' else 'adjustment' end,
    'corrected',
    now(),
    latest.check_date,
    latest.check_month,
    latest.hospital_code,
    latest.hospital_name,
    latest.hospital_package_id,
    latest.hospital_package_name,
    latest.order_status,
    latest.pay_type,
    latest.data_sources,
    coalesce(booked.amount, 0),
    latest.amount,
    latest.amount - coalesce(booked.amount, 0)
from latest
left join booked
    on booked.serial_number = latest.serial_number
    and booked.check_month = latest.check_month
    and booked.hospital_code = latest.hospital_code
    and booked.place_pay_type = coalesce(latest.pay_type, '')
where latest.amount <> 0
    and latest.amount <> coalesce(booked.amount, 0)
