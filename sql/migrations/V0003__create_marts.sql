-- The marts: what analysts ask, without knowing versions, and without any column that names a person.
-- Views over the history, but for the volumes: those are kept as a table, anew for each check date that a load touched.

-- Arrivals (到检), as the platform has confirmed them.
create table warehouse.arrivals (
    account text not null,
    serial_number text not null,
    arrived_at timestamptz not null,
    recorded_at timestamptz not null default now(),
    primary key (account, serial_number)
);
comment on table warehouse.arrivals is '到检：每个预约至多一行 | Arrivals: at most one per reservation';
comment on column warehouse.arrivals.account is '平台账号（医院） | Account with the platform';
comment on column warehouse.arrivals.serial_number is '平台预约ID | Reservation id of the platform';
comment on column warehouse.arrivals.arrived_at is '到检时间 | Time of arrival';
comment on column warehouse.arrivals.recorded_at is '入库时间 | Start of the transaction that recorded it';

-- Versions are added in the order of their deliveries, so a block-range index finds a period at next to no cost.
create index reservation_versions_valid_from_idx on warehouse.reservation_versions using brin (valid_from);

-- Broken rules of a delivery, counted while it is loaded: etl.rejections knows the first and the last delivery only.
create table etl.delivery_problems (
    delivery_id bigint not null references etl.deliveries (delivery_id),
    field text not null,
    rule text not null,
    is_rejecting boolean not null,
    records bigint not null check (records > 0),
    primary key (delivery_id, field, rule, is_rejecting)
);
comment on table etl.delivery_problems is '每次交付违反的规则及记录数 | Rules that a delivery broke, and by how many records';
comment on column etl.delivery_problems.delivery_id is '交付编号 | Delivery number';
comment on column etl.delivery_problems.field is '字段；空文本表示整条记录 | Field; empty: the record as a whole';
comment on column etl.delivery_problems.rule is '规则 | Rule of the contract';
comment on column etl.delivery_problems.is_rejecting is '是否导致隔离（否则仅提醒） | Whether it sends the record to quarantine, or only warns';
comment on column etl.delivery_problems.records is '涉及的记录数 | Records that broke it';

-- Written in the load's transaction, deleted when the volumes of the date are made anew.
create table etl.stale_check_dates (
    account text not null,
    check_date date not null,
    primary key (account, check_date)
);
comment on table etl.stale_check_dates is '预约量待重算的体检日期 | Check dates whose volumes are to be made anew';
comment on column etl.stale_check_dates.account is '平台账号（医院） | Account with the platform';
comment on column etl.stale_check_dates.check_date is '体检日期 | Check date';

insert into etl.stale_check_dates (account, check_date)
select distinct versions.account, versions.check_date
from warehouse.reservation_versions as versions;

create table warehouse.daily_volumes (
    account text not null,
    check_date date not null,
    hospital_code text not null,
    hospital_name text,
    hospital_package_id text,
    hospital_package_name text,
    data_sources text,
    order_status text not null,
    reservations bigint not null check (reservations > 0),
    people bigint not null,
    fee_total numeric not null,
    unique nulls not distinct (
        check_date, account, hospital_code, hospital_package_id, data_sources, order_status
    )
);
comment on table warehouse.daily_volumes is '每日预约量（当前状态），按触及的体检日期重算 | Volumes per check date by current state, remade for touched dates';
comment on column warehouse.daily_volumes.account is '平台账号（医院） | Account with the platform';
comment on column warehouse.daily_volumes.check_date is '体检日期 | Check date';
comment on column warehouse.daily_volumes.hospital_code is '体检机构编码 | Hospital code';
comment on column warehouse.daily_volumes.hospital_name is '体检机构名称 | Hospital';
comment on column warehouse.daily_volumes.hospital_package_id is '体检套餐编码 | Package code';
comment on column warehouse.daily_volumes.hospital_package_name is '体检套餐名称 | Package';
comment on column warehouse.daily_volumes.data_sources is '数据来源（预约渠道） | Booking channel';
comment on column warehouse.daily_volumes.order_status is '预约状态代码 | Reservation status';
comment on column warehouse.daily_volumes.reservations is '预约数 | Reservations';
comment on column warehouse.daily_volumes.people is '人数（去重，不可跨行相加） | Distinct people; does not add up over rows';
comment on column warehouse.daily_volumes.fee_total is '费用合计（元） | Sum of fees in yuan';

create schema mart;
comment on schema mart is '分析集市：不含任何身份信息 | Marts for analysts: no column names a person';

create table mart.code_labels (
    account text not null,
    column_name text not null,
    code text not null,
    label_zh text not null,
    label_en text not null,
    primary key (account, column_name, code)
);
comment on table mart.code_labels is '代码名称，取自校验所用的字典 | Names of codes, from the dictionaries that validate';
comment on column mart.code_labels.account is '平台账号（医院） | Account with the platform';
comment on column mart.code_labels.column_name is '代码所在的列 | Column that holds the code';
comment on column mart.code_labels.code is '代码 | Code';
comment on column mart.code_labels.label_zh is '中文名称 | Chinese name';
comment on column mart.code_labels.label_en is '英文名称 | English name';

create view mart.reservation_versions as
select
    versions.account,
    versions.serial_number,
    versions.version,
    versions.valid_from,
    versions.valid_to,
    versions.change,
    encode(versions.person_id, 'hex') as person_id,
    versions.card_type,
    extract(year from age(versions.check_date, versions.birthdate))::integer as age_years,
    versions.sex_code,
    versions.is_pregnant,
    versions.married,
    versions.hospital_code,
    versions.hospital_name,
    versions.check_date,
    versions.hospital_package_id,
    versions.hospital_package_name,
    versions.add_combination_id,
    versions.add_combination_name,
    versions.examination_fee,
    versions.order_status,
    versions.order_status = '5' as is_cancelled,
    versions.pay_type,
    versions.data_sources,
    versions.delivery_id
from warehouse.reservation_versions as versions;
comment on view mart.reservation_versions is '预约的全部版本（去标识） | Every version of every reservation, without identity';
comment on column mart.reservation_versions.account is '平台账号（医院） | Account with the platform';
comment on column mart.reservation_versions.serial_number is '平台预约ID | Reservation id of the platform';
comment on column mart.reservation_versions.version is '版本号，从 1 连续递增 | Version, counted from 1 without gaps';
comment on column mart.reservation_versions.valid_from is '版本生效时间（含） | Start of validity, inclusive';
comment on column mart.reservation_versions.valid_to is '版本失效时间（不含），infinity 为当前版本 | End of validity, exclusive; infinity = current';
comment on column mart.reservation_versions.change is '变更类型 | What made the version';
comment on column mart.reservation_versions.person_id is '人员假名（带密钥摘要） | Keyed digest of the identity document';
comment on column mart.reservation_versions.card_type is '证件类型代码 | Type of the id document';
comment on column mart.reservation_versions.age_years is '体检当日周岁 | Age in years on the check date';
comment on column mart.reservation_versions.sex_code is '性别代码 | Sex';
comment on column mart.reservation_versions.is_pregnant is '孕否 | Pregnant';
comment on column mart.reservation_versions.married is '婚姻状况代码 | Marital status';
comment on column mart.reservation_versions.hospital_code is '体检机构编码 | Hospital code';
comment on column mart.reservation_versions.hospital_name is '体检机构名称 | Hospital';
comment on column mart.reservation_versions.check_date is '预约体检日期 | Check date';
comment on column mart.reservation_versions.hospital_package_id is '体检套餐编码 | Package code';
comment on column mart.reservation_versions.hospital_package_name is '体检套餐名称 | Package';
comment on column mart.reservation_versions.add_combination_id is '体检加项编码（逗号分隔） | Add-on codes, separated by commas';
comment on column mart.reservation_versions.add_combination_name is '体检加项名称（逗号分隔） | Add-on names, separated by commas';
comment on column mart.reservation_versions.examination_fee is '体检费用（元） | Fee in yuan';
comment on column mart.reservation_versions.order_status is '预约状态代码 | Reservation status';
comment on column mart.reservation_versions.is_cancelled is '是否已取消 | Whether the reservation is cancelled';
comment on column mart.reservation_versions.pay_type is '支付方式代码 | Payment';
comment on column mart.reservation_versions.data_sources is '数据来源（预约渠道） | Booking channel';
comment on column mart.reservation_versions.delivery_id is '交付编号 | Delivery that brought it';

create view mart.reservations_current as
select
    current.account,
    current.serial_number,
    current.version,
    first.valid_from as booked_at,
    current.valid_from as changed_at,
    current.change,
    change.label_zh as change_zh,
    change.label_en as change_en,
    current.person_id,
    current.card_type,
    card_type.label_zh as card_type_zh,
    card_type.label_en as card_type_en,
    current.age_years,
    current.sex_code,
    sex.label_zh as sex_zh,
    sex.label_en as sex_en,
    current.is_pregnant,
    pregnancy.label_zh as is_pregnant_zh,
    pregnancy.label_en as is_pregnant_en,
    current.married,
    married.label_zh as married_zh,
    married.label_en as married_en,
    current.hospital_code,
    current.hospital_name,
    current.check_date,
    current.hospital_package_id,
    current.hospital_package_name,
    current.add_combination_id,
    current.add_combination_name,
    current.examination_fee,
    current.order_status,
    status.label_zh as order_status_zh,
    status.label_en as order_status_en,
    current.is_cancelled,
    current.pay_type,
    current.data_sources,
    arrivals.arrived_at,
    current.delivery_id
from mart.reservation_versions as current
inner join warehouse.reservation_versions as first
    on first.account = current.account
    and first.serial_number = current.serial_number
    and first.version = 1
left join warehouse.arrivals as arrivals
    on arrivals.account = current.account
    and arrivals.serial_number = current.serial_number
left join mart.code_labels as change
    on change.account = current.account and change.column_name = 'change' and change.code = current.change
left join mart.code_labels as card_type
    on card_type.account = current.account
    and card_type.column_name = 'card_type'
    and card_type.code = current.card_type
left join mart.code_labels as sex
    on sex.account = current.account and sex.column_name = 'sex_code' and sex.code = current.sex_code
left join mart.code_labels as pregnancy
    on pregnancy.account = current.account
    and pregnancy.column_name = 'is_pregnant'
    and pregnancy.code = current.is_pregnant::text
left join mart.code_labels as married
    on married.account = current.account and married.column_name = 'married' and married.code = current.married
left join mart.code_labels as status
    on status.account = current.account
    and status.column_name = 'order_status'
    and status.code = current.order_status
where current.valid_to = 'infinity';
comment on view mart.reservations_current is '每个预约的当前状态，一行一个预约 | The current state of every reservation, one row each';
comment on column mart.reservations_current.account is '平台账号（医院） | Account with the platform';
comment on column mart.reservations_current.serial_number is '平台预约ID | Reservation id of the platform';
comment on column mart.reservations_current.version is '当前版本号 | Number of the current version';
comment on column mart.reservations_current.booked_at is '首次预约时间 | Time of the first booking';
comment on column mart.reservations_current.changed_at is '最近变更时间 | Time of the last change';
comment on column mart.reservations_current.change is '最近变更类型 | What the last change was';
comment on column mart.reservations_current.change_zh is '最近变更类型（中文） | The last change, in Chinese';
comment on column mart.reservations_current.change_en is '最近变更类型（英文） | The last change, in English';
comment on column mart.reservations_current.person_id is '人员假名（带密钥摘要） | Keyed digest of the identity document';
comment on column mart.reservations_current.card_type is '证件类型代码 | Type of the id document';
comment on column mart.reservations_current.card_type_zh is '证件类型（中文） | Type of the id document, in Chinese';
comment on column mart.reservations_current.card_type_en is '证件类型（英文） | Type of the id document, in English';
comment on column mart.reservations_current.age_years is '体检当日周岁 | Age in years on the check date';
comment on column mart.reservations_current.sex_code is '性别代码 | Sex';
comment on column mart.reservations_current.sex_zh is '性别（中文） | Sex, in Chinese';
comment on column mart.reservations_current.sex_en is '性别（英文） | Sex, in English';
comment on column mart.reservations_current.is_pregnant is '孕否 | Pregnant';
comment on column mart.reservations_current.is_pregnant_zh is '孕否（中文） | Pregnant, in Chinese';
comment on column mart.reservations_current.is_pregnant_en is '孕否（英文） | Pregnant, in English';
comment on column mart.reservations_current.married is '婚姻状况代码 | Marital status';
comment on column mart.reservations_current.married_zh is '婚姻状况（中文） | Marital status, in Chinese';
comment on column mart.reservations_current.married_en is '婚姻状况（英文） | Marital status, in English';
comment on column mart.reservations_current.hospital_code is '体检机构编码 | Hospital code';
comment on column mart.reservations_current.hospital_name is '体检机构名称 | Hospital';
comment on column mart.reservations_current.check_date is '预约体检日期 | Check date';
comment on column mart.reservations_current.hospital_package_id is '体检套餐编码 | Package code';
comment on column mart.reservations_current.hospital_package_name is '体检套餐名称 | Package';
comment on column mart.reservations_current.add_combination_id is '体检加项编码（逗号分隔） | Add-on codes, separated by commas';
comment on column mart.reservations_current.add_combination_name is '体检加项名称（逗号分隔） | Add-on names, separated by commas';
comment on column mart.reservations_current.examination_fee is '体检费用（元） | Fee in yuan';
comment on column mart.reservations_current.order_status is '预约状态代码 | Reservation status';
comment on column mart.reservations_current.order_status_zh is '预约状态（中文） | Reservation status, in Chinese';
comment on column mart.reservations_current.order_status_en is '预约状态（英文） | Reservation status, in English';
comment on column mart.reservations_current.is_cancelled is '是否已取消 | Whether the reservation is cancelled';
comment on column mart.reservations_current.pay_type is '支付方式代码 | Payment';
comment on column mart.reservations_current.data_sources is '数据来源（预约渠道） | Booking channel';
comment on column mart.reservations_current.arrived_at is '到检时间 | Time of arrival';
comment on column mart.reservations_current.delivery_id is '交付编号 | Delivery that brought it';

create view mart.reservation_events as
select
    happened.account,
    happened.serial_number,
    happened.version,
    happened.event_at,
    happened.event,
    label.label_zh as event_zh,
    label.label_en as event_en,
    happened.person_id,
    happened.hospital_code,
    happened.hospital_name,
    happened.hospital_package_id,
    happened.hospital_package_name,
    happened.data_sources,
    happened.check_date_before,
    happened.check_date_after,
    happened.check_date_after - happened.check_date_before as days_moved,
    happened.fee_before,
    happened.fee_after,
    happened.fee_after - happened.fee_before as fee_change,
    happened.order_status_before,
    happened.order_status_after,
    happened.delivery_id
from (
    -- Every version is an event, told beside the version before it.
    select
        versions.account,
        versions.serial_number,
        versions.version,
        versions.valid_from as event_at,
        versions.change as event,
        encode(versions.person_id, 'hex') as person_id,
        versions.hospital_code,
        versions.hospital_name,
        versions.hospital_package_id,
        versions.hospital_package_name,
        versions.data_sources,
        before.check_date as check_date_before,
        versions.check_date as check_date_after,
        before.examination_fee as fee_before,
        versions.examination_fee as fee_after,
        before.order_status as order_status_before,
        versions.order_status as order_status_after,
        versions.delivery_id
    from warehouse.reservation_versions as versions
    left join warehouse.reservation_versions as before
        on before.account = versions.account
        and before.serial_number = versions.serial_number
        and before.version = versions.version - 1
    union all
    -- An arrival changes neither date nor fee.
    select
        arrivals.account,
        arrivals.serial_number,
        current.version,
        arrivals.arrived_at,
        'arrived',
        encode(current.person_id, 'hex'),
        current.hospital_code,
        current.hospital_name,
        current.hospital_package_id,
        current.hospital_package_name,
        current.data_sources,
        current.check_date,
        current.check_date,
        current.examination_fee,
        current.examination_fee,
        current.order_status,
        current.order_status,
        current.delivery_id
    from warehouse.arrivals as arrivals
    inner join warehouse.reservation_versions as current
        on current.account = arrivals.account
        and current.serial_number = arrivals.serial_number
        and current.valid_to = 'infinity'
) as happened
left join mart.code_labels as label
    on label.account = happened.account and label.column_name = 'event' and label.code = happened.event;
comment on view mart.reservation_events is '预约事件：预约、改约、变更、取消、恢复、到检，含变更前后的日期与费用 | What happened to reservations, with date and fee before and after';
comment on column mart.reservation_events.account is '平台账号（医院） | Account with the platform';
comment on column mart.reservation_events.serial_number is '平台预约ID | Reservation id of the platform';
comment on column mart.reservation_events.version is '事件产生的版本；到检为当时的当前版本 | Version that the event made; for an arrival the current one';
comment on column mart.reservation_events.event_at is '事件时间 | When it took effect';
comment on column mart.reservation_events.event is '事件：booked、rescheduled、amended、cancelled、reinstated、arrived | Event';
comment on column mart.reservation_events.event_zh is '事件（中文） | Event, in Chinese';
comment on column mart.reservation_events.event_en is '事件（英文） | Event, in English';
comment on column mart.reservation_events.person_id is '人员假名（带密钥摘要） | Keyed digest of the identity document';
comment on column mart.reservation_events.hospital_code is '体检机构编码 | Hospital code';
comment on column mart.reservation_events.hospital_name is '体检机构名称 | Hospital';
comment on column mart.reservation_events.hospital_package_id is '体检套餐编码 | Package code';
comment on column mart.reservation_events.hospital_package_name is '体检套餐名称 | Package';
comment on column mart.reservation_events.data_sources is '数据来源（预约渠道） | Booking channel';
comment on column mart.reservation_events.check_date_before is '变更前体检日期；首次预约为空 | Check date before; null for a first booking';
comment on column mart.reservation_events.check_date_after is '变更后体检日期 | Check date after';
comment on column mart.reservation_events.days_moved is '日期移动天数，提前为负 | Days by which the date moved; negative: earlier';
comment on column mart.reservation_events.fee_before is '变更前费用（元） | Fee before, in yuan';
comment on column mart.reservation_events.fee_after is '变更后费用（元） | Fee after, in yuan';
comment on column mart.reservation_events.fee_change is '费用变化（元） | Change of the fee, in yuan';
comment on column mart.reservation_events.order_status_before is '变更前状态代码 | Status before';
comment on column mart.reservation_events.order_status_after is '变更后状态代码 | Status after';
comment on column mart.reservation_events.delivery_id is '交付编号 | Delivery that brought it';

create view mart.daily_volumes as
select
    volumes.account,
    volumes.check_date,
    volumes.hospital_code,
    volumes.hospital_name,
    volumes.hospital_package_id,
    volumes.hospital_package_name,
    volumes.data_sources,
    volumes.order_status,
    status.label_zh as order_status_zh,
    status.label_en as order_status_en,
    volumes.order_status = '5' as is_cancelled,
    volumes.reservations,
    volumes.people,
    volumes.fee_total
from warehouse.daily_volumes as volumes
left join mart.code_labels as status
    on status.account = volumes.account
    and status.column_name = 'order_status'
    and status.code = volumes.order_status;
comment on view mart.daily_volumes is '每日预约量：体检日期 × 机构 × 套餐 × 渠道 × 状态 | Volumes: check date × hospital × package × channel × status';
comment on column mart.daily_volumes.account is '平台账号（医院） | Account with the platform';
comment on column mart.daily_volumes.check_date is '体检日期 | Check date';
comment on column mart.daily_volumes.hospital_code is '体检机构编码 | Hospital code';
comment on column mart.daily_volumes.hospital_name is '体检机构名称 | Hospital';
comment on column mart.daily_volumes.hospital_package_id is '体检套餐编码 | Package code';
comment on column mart.daily_volumes.hospital_package_name is '体检套餐名称 | Package';
comment on column mart.daily_volumes.data_sources is '数据来源（预约渠道） | Booking channel';
comment on column mart.daily_volumes.order_status is '预约状态代码 | Reservation status';
comment on column mart.daily_volumes.order_status_zh is '预约状态（中文） | Reservation status, in Chinese';
comment on column mart.daily_volumes.order_status_en is '预约状态（英文） | Reservation status, in English';
comment on column mart.daily_volumes.is_cancelled is '是否已取消 | Whether the reservations are cancelled';
comment on column mart.daily_volumes.reservations is '预约数 | Reservations';
comment on column mart.daily_volumes.people is '人数（去重，不可跨行相加） | Distinct people; does not add up over rows';
comment on column mart.daily_volumes.fee_total is '费用合计（元） | Sum of fees in yuan';

-- Standing in the query that calls it, it is planned like that query: by the index on check dates.
create function mart.daily_volumes_as_of(as_of timestamptz, first_date date, last_date date)
returns table (
    account text,
    check_date date,
    hospital_code text,
    hospital_name text,
    hospital_package_id text,
    hospital_package_name text,
    data_sources text,
    order_status text,
    reservations bigint,
    people bigint,
    fee_total numeric
)
language sql
stable
parallel safe
begin atomic
    select
        versions.account,
        versions.check_date,
        versions.hospital_code,
        max(versions.hospital_name),
        versions.hospital_package_id,
        max(versions.hospital_package_name),
        versions.data_sources,
        versions.order_status,
        count(*),
        count(distinct versions.person_id),
        coalesce(sum(versions.examination_fee), 0)
    from mart.reservation_versions as versions
    where versions.check_date between first_date and last_date
        and versions.valid_from <= as_of
        and versions.valid_to > as_of
    group by
        versions.account,
        versions.check_date,
        versions.hospital_code,
        versions.hospital_package_id,
        versions.data_sources,
        versions.order_status;
end;
comment on function mart.daily_volumes_as_of is '截至过去某一时刻所知的每日预约量，体检日期含首尾 | Daily volumes as known at a past time, for check dates from first to last';

create view mart.booking_pace as
select
    current.account,
    current.check_date,
    current.hospital_code,
    max(current.hospital_name) as hospital_name,
    current.data_sources,
    current.check_date - (first.valid_from at time zone 'Asia/Shanghai')::date as lead_days,
    count(*) as reservations,
    count(*) filter (where current.order_status = '5') as cancelled
from warehouse.reservation_versions as current
inner join warehouse.reservation_versions as first
    on first.account = current.account
    and first.serial_number = current.serial_number
    and first.version = 1
where current.valid_to = 'infinity'
group by current.account, current.check_date, current.hospital_code, current.data_sources, lead_days;
comment on view mart.booking_pace is '提前预约天数：首次预约到体检日期 | Lead time: days from first booking to check date';
comment on column mart.booking_pace.account is '平台账号（医院） | Account with the platform';
comment on column mart.booking_pace.check_date is '体检日期 | Check date';
comment on column mart.booking_pace.hospital_code is '体检机构编码 | Hospital code';
comment on column mart.booking_pace.hospital_name is '体检机构名称 | Hospital';
comment on column mart.booking_pace.data_sources is '数据来源（预约渠道） | Booking channel';
comment on column mart.booking_pace.lead_days is '提前天数 | Days in advance';
comment on column mart.booking_pace.reservations is '预约数（含已取消） | Reservations, cancelled ones included';
comment on column mart.booking_pace.cancelled is '其中已取消 | Cancelled ones among them';

create view mart.reschedules as
select
    events.account,
    (events.event_at at time zone 'Asia/Shanghai')::date as rescheduled_date,
    events.hospital_code,
    max(events.hospital_name) as hospital_name,
    events.data_sources,
    events.check_date_before,
    events.check_date_after,
    events.days_moved,
    count(*) as reschedules
from mart.reservation_events as events
where events.event = 'rescheduled'
group by
    events.account,
    rescheduled_date,
    events.hospital_code,
    events.data_sources,
    events.check_date_before,
    events.check_date_after,
    events.days_moved;
comment on view mart.reschedules is '改约：发生日期、原日期与新日期 | Reschedules: when, from which date, to which';
comment on column mart.reschedules.account is '平台账号（医院） | Account with the platform';
comment on column mart.reschedules.rescheduled_date is '改约发生日期（北京时间） | Day of the reschedule, Beijing time';
comment on column mart.reschedules.hospital_code is '体检机构编码 | Hospital code';
comment on column mart.reschedules.hospital_name is '体检机构名称 | Hospital';
comment on column mart.reschedules.data_sources is '数据来源（预约渠道） | Booking channel';
comment on column mart.reschedules.check_date_before is '原体检日期；首次收到即为改约时为空 | Check date before; null where the first known state is a reschedule';
comment on column mart.reschedules.check_date_after is '新体检日期 | Check date after';
comment on column mart.reschedules.days_moved is '日期移动天数，提前为负 | Days by which the date moved; negative: earlier';
comment on column mart.reschedules.reschedules is '改约次数 | Reschedules';

create view mart.cancellations as
select
    events.account,
    (events.event_at at time zone 'Asia/Shanghai')::date as cancelled_date,
    events.check_date_after as check_date,
    events.check_date_after - (events.event_at at time zone 'Asia/Shanghai')::date as days_before_check,
    events.hospital_code,
    max(events.hospital_name) as hospital_name,
    events.hospital_package_id,
    max(events.hospital_package_name) as hospital_package_name,
    events.data_sources,
    count(*) as cancellations,
    coalesce(sum(coalesce(events.fee_before, events.fee_after)), 0) as fee_total
from mart.reservation_events as events
where events.event = 'cancelled'
group by
    events.account,
    cancelled_date,
    events.check_date_after,
    events.hospital_code,
    events.hospital_package_id,
    events.data_sources;
comment on view mart.cancellations is '取消：发生日期、距体检天数、涉及费用 | Cancellations: when, how many days before the check, which fees';
comment on column mart.cancellations.account is '平台账号（医院） | Account with the platform';
comment on column mart.cancellations.cancelled_date is '取消发生日期（北京时间） | Day of the cancellation, Beijing time';
comment on column mart.cancellations.check_date is '原定体检日期 | Check date';
comment on column mart.cancellations.days_before_check is '距体检日期天数 | Days left until the check date';
comment on column mart.cancellations.hospital_code is '体检机构编码 | Hospital code';
comment on column mart.cancellations.hospital_name is '体检机构名称 | Hospital';
comment on column mart.cancellations.hospital_package_id is '体检套餐编码 | Package code';
comment on column mart.cancellations.hospital_package_name is '体检套餐名称 | Package';
comment on column mart.cancellations.data_sources is '数据来源（预约渠道） | Booking channel';
comment on column mart.cancellations.cancellations is '取消次数（含后来恢复的） | Cancellations, those reinstated later included';
comment on column mart.cancellations.fee_total is '取消前费用合计（元） | Sum of fees before the cancellation, in yuan';

create view mart.package_mix as
select
    volumes.account,
    volumes.check_date,
    volumes.hospital_code,
    max(volumes.hospital_name) as hospital_name,
    volumes.hospital_package_id,
    max(volumes.hospital_package_name) as hospital_package_name,
    sum(volumes.reservations)::bigint as reservations,
    sum(volumes.fee_total) as fee_total,
    round(
        sum(volumes.reservations)
            / sum(sum(volumes.reservations)) over (
                partition by volumes.account, volumes.check_date, volumes.hospital_code
            ),
        4
    ) as share_of_day
from warehouse.daily_volumes as volumes
where volumes.order_status <> '5'
group by volumes.account, volumes.check_date, volumes.hospital_code, volumes.hospital_package_id;
comment on view mart.package_mix is '套餐构成（不含已取消） | Packages per day and hospital, cancelled reservations left out';
comment on column mart.package_mix.account is '平台账号（医院） | Account with the platform';
comment on column mart.package_mix.check_date is '体检日期 | Check date';
comment on column mart.package_mix.hospital_code is '体检机构编码 | Hospital code';
comment on column mart.package_mix.hospital_name is '体检机构名称 | Hospital';
comment on column mart.package_mix.hospital_package_id is '体检套餐编码 | Package code';
comment on column mart.package_mix.hospital_package_name is '体检套餐名称 | Package';
comment on column mart.package_mix.reservations is '预约数 | Reservations';
comment on column mart.package_mix.fee_total is '费用合计（元） | Sum of fees in yuan';
comment on column mart.package_mix.share_of_day is '占当日该机构预约的比例（0 至 1） | Share of the hospital''s reservations of that day, 0 to 1';

create view mart.add_on_uptake as
select
    current.account,
    current.check_date,
    current.hospital_code,
    max(current.hospital_name) as hospital_name,
    chosen.add_on_id,
    max(chosen.add_on_name) as add_on_name,
    count(*) as reservations
from warehouse.reservation_versions as current
-- Both lists are split at commas, Chinese ones included, and paired by position; each add-on counts once.
cross join lateral (
    select pairs.add_on_id, max(pairs.add_on_name) as add_on_name
    from (
        select nullif(btrim(listed.code), '') as add_on_id, nullif(btrim(listed.name), '') as add_on_name
        from unnest(
            string_to_array(translate(current.add_combination_id, '，', ','), ','),
            string_to_array(translate(current.add_combination_name, '，', ','), ',')
        ) as listed (code, name)
    ) as pairs
    where pairs.add_on_id is not null or pairs.add_on_name is not null
    group by pairs.add_on_id, case when pairs.add_on_id is null then pairs.add_on_name end
) as chosen
where current.valid_to = 'infinity'
    and current.order_status <> '5'
group by
    current.account,
    current.check_date,
    current.hospital_code,
    chosen.add_on_id,
    case when chosen.add_on_id is null then chosen.add_on_name end;
comment on view mart.add_on_uptake is '加项选择（不含已取消），编码与名称按位置配对 | Add-ons chosen, cancelled reservations left out; codes and names paired by position';
comment on column mart.add_on_uptake.account is '平台账号（医院） | Account with the platform';
comment on column mart.add_on_uptake.check_date is '体检日期 | Check date';
comment on column mart.add_on_uptake.hospital_code is '体检机构编码 | Hospital code';
comment on column mart.add_on_uptake.hospital_name is '体检机构名称 | Hospital';
comment on column mart.add_on_uptake.add_on_id is '加项编码 | Add-on code';
comment on column mart.add_on_uptake.add_on_name is '加项名称 | Add-on';
comment on column mart.add_on_uptake.reservations is '选择该加项的预约数 | Reservations with this add-on';

create view mart.load_quality as
select
    delivery.account,
    delivery.delivery_id,
    (delivery.received_at at time zone 'Asia/Shanghai')::date as night,
    delivery.received_at,
    delivery.effective_at,
    delivery.received,
    delivery.accepted,
    delivery.rejected,
    delivery.unchanged,
    delivery.opened,
    delivery.closed,
    delivery.adjusted,
    delivery.warned
from etl.deliveries as delivery;
comment on view mart.load_quality is '每晚入库质量：收到、通过、隔离 | Quality of the loads: received, accepted, rejected per night';
comment on column mart.load_quality.account is '平台账号（医院） | Account with the platform';
comment on column mart.load_quality.delivery_id is '交付编号 | Delivery number';
comment on column mart.load_quality.night is '接收日期（北京时间） | Day of receipt, Beijing time';
comment on column mart.load_quality.received_at is '接收时间 | Time of receipt';
comment on column mart.load_quality.effective_at is '生效时间 | Effective time of the states in it';
comment on column mart.load_quality.received is '收到记录数 | Records received';
comment on column mart.load_quality.accepted is '通过记录数 | Records accepted';
comment on column mart.load_quality.rejected is '隔离记录数 | Records rejected';
comment on column mart.load_quality.unchanged is '内容未变记录数 | Accepted records that change nothing';
comment on column mart.load_quality.opened is '新增版本数 | Versions opened';
comment on column mart.load_quality.closed is '关闭版本数 | Versions closed';
comment on column mart.load_quality.adjusted is '因时间不递增而顺延的版本数 | Versions whose start was moved behind the one before';
comment on column mart.load_quality.warned is '带提醒的通过记录数 | Accepted records with at least one warning';

create view mart.load_quality_by_rule as
select
    delivery.account,
    delivery.delivery_id,
    (delivery.received_at at time zone 'Asia/Shanghai')::date as night,
    problem.field,
    problem.rule,
    problem.is_rejecting,
    problem.records
from etl.delivery_problems as problem
inner join etl.deliveries as delivery on delivery.delivery_id = problem.delivery_id;
comment on view mart.load_quality_by_rule is '每晚违反的规则及记录数 | Rules broken per night, and by how many records';
comment on column mart.load_quality_by_rule.account is '平台账号（医院） | Account with the platform';
comment on column mart.load_quality_by_rule.delivery_id is '交付编号 | Delivery number';
comment on column mart.load_quality_by_rule.night is '接收日期（北京时间） | Day of receipt, Beijing time';
comment on column mart.load_quality_by_rule.field is '字段；空文本表示整条记录 | Field; empty: the record as a whole';
comment on column mart.load_quality_by_rule.rule is '规则 | Rule of the contract';
comment on column mart.load_quality_by_rule.is_rejecting is '是否导致隔离（否则仅提醒） | Whether it sends the record to quarantine, or only warns';
comment on column mart.load_quality_by_rule.records is '涉及的记录数 | Records that broke it';
