-- What the finance handoff is made from: numbered handoffs, and the journal that the history gives. No identity column.
-- Entries are not stored: versions are only ever added, so the journal of a range of deliveries is the same for good.

create schema finance;
comment on schema finance is '财务交接（去标识） | Finance handoff, without identity';

create table finance.handoffs (
    account text not null,
    handoff_number integer not null check (handoff_number between 1 and 999999),
    first_delivery_id bigint not null references etl.deliveries (delivery_id),
    last_delivery_id bigint not null references etl.deliveries (delivery_id),
    as_of timestamptz not null,
    first_entry_number bigint not null check (first_entry_number >= 1),
    entries bigint not null check (entries >= 1),
    amount numeric(24, 2) not null,
    balance numeric(24, 2) not null,
    recorded_at timestamptz not null default now(),
    primary key (account, handoff_number),
    unique (account, last_delivery_id),
    check (first_delivery_id <= last_delivery_id)
);
comment on table finance.handoffs is '财务交接批次：每批一行 | Finance handoffs: one row each, never changed';
comment on column finance.handoffs.account is '平台账号（医院） | Account with the platform';
comment on column finance.handoffs.handoff_number is '交接批次，从 1 连续递增 | Handoff number, counted from 1 without gaps';
comment on column finance.handoffs.first_delivery_id is '包含的首次交付 | First delivery that it covers';
comment on column finance.handoffs.last_delivery_id is '包含的最后交付 | Last delivery that it covers';
comment on column finance.handoffs.as_of is '数据截止时间（最后交付的生效时间） | Effective time of the last delivery';
comment on column finance.handoffs.first_entry_number is '首个分录号 | Number of its first entry';
comment on column finance.handoffs.entries is '分录数 | Number of entries';
comment on column finance.handoffs.amount is '本批发生额合计（元） | Sum of its entries in yuan';
comment on column finance.handoffs.balance is '累计余额（元）：截至本批全部发生额之和 | Sum of all entries up to here, in yuan';
comment on column finance.handoffs.recorded_at is '登记时间 | Time of recording';

-- What every version moves. A cancelled reservation is booked at nothing, and so is one without a fee.
-- A version that stands in another month, hospital or way of payment than the one before it takes the amount out there
-- (line 1) and puts it in here (line 2); otherwise it moves the difference (line 2). Sums by month, by hospital and by way
-- of payment are right so. An absent way of payment and an empty one are the same.
-- The version before is looked up one by one, and only where there is one: a join of the table with itself, planned
-- before there are statistics, would compare everything with everything. Two selects, not two lines made of each row:
-- most versions are first ones and have no line 1, and an expression per row and line costs more than reading twice.
create view finance.movements as
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
    where versions.version > 1
        and earlier.account = versions.account
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
where booked.amount_before <> booked.amount_after;
comment on view finance.movements is '费用变动：尚未编号的分录，含未交接的 | Fee movements: entries without a number, those not handed over yet included';
comment on column finance.movements.account is '平台账号（医院） | Account with the platform';
comment on column finance.movements.delivery_id is '来源交付 | Delivery that brought it';
comment on column finance.movements.serial_number is '平台预约ID | Reservation id of the platform';
comment on column finance.movements.version is '版本号 | Version that made it';
comment on column finance.movements.line_number is '行号：1 为原维度冲销，2 为现维度 | 1: taken out where it stood, 2: where it stands';
comment on column finance.movements.entry_kind is '分录类型：入账、调整、冲销 | posting, adjustment or reversal';
comment on column finance.movements.event is '业务事件 | What made the version';
comment on column finance.movements.event_at is '事件时间 | Start of the version';
comment on column finance.movements.check_date is '体检日期 | Date of the appointment';
comment on column finance.movements.check_month is '体检月份（当月一日） | Month of check_date, its first day';
comment on column finance.movements.hospital_code is '体检机构编码 | Hospital code';
comment on column finance.movements.hospital_name is '体检机构名称 | Hospital name';
comment on column finance.movements.hospital_package_id is '体检套餐编码 | Package code';
comment on column finance.movements.hospital_package_name is '体检套餐名称 | Package name';
comment on column finance.movements.order_status is '事件后的预约状态 | Status of the reservation after the event';
comment on column finance.movements.pay_type is '支付方式 | Way of payment';
comment on column finance.movements.data_sources is '数据来源 | Channel of the booking';
comment on column finance.movements.amount_before is '变动前金额（元） | Booked before, in yuan';
comment on column finance.movements.amount_after is '变动后金额（元） | Booked after, in yuan';
comment on column finance.movements.amount is '发生额（元） | What it moves, in yuan';

-- The journal. The order within a handoff does not depend on the database's collation. It goes by way of the deliveries,
-- so that one handoff is found through the block-range index, and all of them in one pass.
create view finance.entries as
select
    handoff.account,
    handoff.handoff_number,
    handoff.first_entry_number - 1 + row_number() over (
        partition by handoff.account, handoff.handoff_number
        order by movement.delivery_id, movement.serial_number collate "C", movement.version, movement.line_number
    ) as entry_number,
    movement.entry_kind,
    movement.event,
    movement.event_at,
    movement.serial_number,
    movement.version,
    movement.hospital_code,
    movement.hospital_name,
    movement.check_date,
    movement.check_month,
    movement.hospital_package_id,
    movement.hospital_package_name,
    movement.order_status,
    movement.pay_type,
    movement.data_sources,
    movement.amount_before,
    movement.amount_after,
    movement.amount,
    movement.delivery_id
from finance.handoffs as handoff
inner join etl.deliveries as delivery
    on delivery.account = handoff.account
    and delivery.delivery_id between handoff.first_delivery_id and handoff.last_delivery_id
inner join finance.movements as movement
    on movement.delivery_id = delivery.delivery_id
    and movement.account = delivery.account;
comment on view finance.entries is '财务分录：全部交接批次的日记账 | The journal: entries of all handoffs';
comment on column finance.entries.account is '平台账号（医院） | Account with the platform';
comment on column finance.entries.handoff_number is '交接批次 | Handoff number';
comment on column finance.entries.entry_number is '分录号，每个账号从 1 连续递增 | Entry number, counted from 1 per account without gaps';
comment on column finance.entries.entry_kind is '分录类型：入账、调整、冲销 | posting, adjustment or reversal';
comment on column finance.entries.event is '业务事件 | What made the version';
comment on column finance.entries.event_at is '事件时间 | Start of the version';
comment on column finance.entries.serial_number is '平台预约ID | Reservation id of the platform';
comment on column finance.entries.version is '版本号 | Version that made it';
comment on column finance.entries.hospital_code is '体检机构编码 | Hospital code';
comment on column finance.entries.hospital_name is '体检机构名称 | Hospital name';
comment on column finance.entries.check_date is '体检日期 | Date of the appointment';
comment on column finance.entries.check_month is '体检月份（当月一日） | Month of check_date, its first day';
comment on column finance.entries.hospital_package_id is '体检套餐编码 | Package code';
comment on column finance.entries.hospital_package_name is '体检套餐名称 | Package name';
comment on column finance.entries.order_status is '事件后的预约状态 | Status of the reservation after the event';
comment on column finance.entries.pay_type is '支付方式 | Way of payment';
comment on column finance.entries.data_sources is '数据来源 | Channel of the booking';
comment on column finance.entries.amount_before is '变动前金额（元） | Booked before, in yuan';
comment on column finance.entries.amount_after is '变动后金额（元） | Booked after, in yuan';
comment on column finance.entries.amount is '发生额（元） | What it moves, in yuan';
comment on column finance.entries.delivery_id is '来源交付 | Delivery that brought it';

-- The first version is looked up one by one, for the same reason as above, and only where it is another one.
create view finance.reservations as
select
    current.account,
    current.serial_number,
    current.version,
    current.change,
    coalesce(first.valid_from, current.valid_from) as booked_at,
    current.valid_from as changed_at,
    current.hospital_code,
    current.hospital_name,
    current.check_date,
    current.hospital_package_id,
    current.hospital_package_name,
    current.add_combination_id,
    current.add_combination_name,
    current.examination_fee,
    current.order_status,
    current.pay_type,
    current.data_sources
from warehouse.reservation_versions as current
left join lateral (
    select versions.valid_from
    from warehouse.reservation_versions as versions
    where current.version > 1
        and versions.account = current.account
        and versions.serial_number = current.serial_number
        and versions.version = 1
    limit 1
) as first on true
where current.valid_to = 'infinity';
comment on view finance.reservations is '每个预约的当前状态 | Current state of every reservation';
comment on column finance.reservations.account is '平台账号（医院） | Account with the platform';
comment on column finance.reservations.serial_number is '平台预约ID | Reservation id of the platform';
comment on column finance.reservations.version is '版本号 | Version';
comment on column finance.reservations.change is '最近变更 | What made the version';
comment on column finance.reservations.booked_at is '首次预约时间 | Start of the first version';
comment on column finance.reservations.changed_at is '最近变更时间 | Start of the current version';
comment on column finance.reservations.hospital_code is '体检机构编码 | Hospital code';
comment on column finance.reservations.hospital_name is '体检机构名称 | Hospital name';
comment on column finance.reservations.check_date is '体检日期 | Date of the appointment';
comment on column finance.reservations.hospital_package_id is '体检套餐编码 | Package code';
comment on column finance.reservations.hospital_package_name is '体检套餐名称 | Package name';
comment on column finance.reservations.add_combination_id is '体检加项编码 | Add-on codes, comma-separated';
comment on column finance.reservations.add_combination_name is '体检加项 | Add-on names, comma-separated';
comment on column finance.reservations.examination_fee is '体检费用（元） | Fee in yuan';
comment on column finance.reservations.order_status is '预约状态 | Status of the reservation';
comment on column finance.reservations.pay_type is '支付方式 | Way of payment';
comment on column finance.reservations.data_sources is '数据来源 | Channel of the booking';

create view finance.totals as
select
    current.account,
    date_trunc('month', current.check_date::timestamp)::date as check_month,
    current.hospital_code,
    coalesce(current.pay_type, '') as pay_type,
    count(*) as reservations,
    count(*) filter (where current.order_status = '5') as cancelled,
    coalesce(sum(current.examination_fee) filter (where current.order_status <> '5'), 0) as fee_total_active
from warehouse.reservation_versions as current
where current.valid_to = 'infinity'
group by
    current.account,
    date_trunc('month', current.check_date::timestamp),
    current.hospital_code,
    coalesce(current.pay_type, '');
comment on view finance.totals is '当前费用合计：按体检月份、机构、支付方式 | Current fees by month, hospital and way of payment';
comment on column finance.totals.account is '平台账号（医院） | Account with the platform';
comment on column finance.totals.check_month is '体检月份（当月一日） | Month of check_date, its first day';
comment on column finance.totals.hospital_code is '体检机构编码 | Hospital code';
comment on column finance.totals.pay_type is '支付方式；空文本表示没有 | Way of payment; empty: none';
comment on column finance.totals.reservations is '预约数（含已取消） | Reservations, cancelled ones included';
comment on column finance.totals.cancelled is '其中已取消 | Cancelled ones of them';
comment on column finance.totals.fee_total_active is '未取消预约的费用合计（元） | Fee of those that are not cancelled, in yuan';
