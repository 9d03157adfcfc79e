-- Arrivals (到检): the inbox that they come in through, and how many of each check date have arrived.
-- An arrival is in warehouse.arrivals once it is taken, with a row of the outbox in the same transaction; that the platform
-- has confirmed it is said by that row. The front desk's login adds to the inbox, and sees nothing of it.

create table etl.arrival_inbox (
    inbox_id bigint generated always as identity primary key,
    account text not null check (char_length(account) between 1 and 63),
    serial_number text not null check (char_length(serial_number) between 1 and 500),
    arrived_at timestamptz not null default now()
        check (arrived_at >= '2000-01-01 00:00+00' and arrived_at < '2100-01-01 00:00+00'),
    source text not null default 'inbox' check (source in ('inbox', 'file', 'command')),
    submitted_at timestamptz not null default now(),
    database_user text not null default session_user,
    state text not null default 'open' check (state in ('open', 'taken', 'repeated', 'refused')),
    reason text check (
        reason in (
            'already_taken', 'arrived_in_future', 'arrived_long_ago', 'cancelled_reservation', 'unknown_reservation'
        )
    ),
    finished_at timestamptz,
    check ((state = 'open') = (finished_at is null)),
    check (state not in ('repeated', 'refused') or reason is not null)
);
create index arrival_inbox_open_idx on etl.arrival_inbox (account, inbox_id) where state = 'open';
comment on table etl.arrival_inbox is '到检收件箱：前台系统、文件和命令行写入，tijian 处理 | Arrivals as they come in, from the front desk''s system, files and the command line';
comment on column etl.arrival_inbox.inbox_id is '编号 | Number';
comment on column etl.arrival_inbox.account is '平台账号（医院） | Account with the platform';
comment on column etl.arrival_inbox.serial_number is '平台预约ID | Reservation id of the platform';
comment on column etl.arrival_inbox.arrived_at is '到检时间，默认为写入时间 | Time of arrival; when it was written, if not given';
comment on column etl.arrival_inbox.source is '来源：前台写入、文件、命令行 | Where it is from';
comment on column etl.arrival_inbox.submitted_at is '写入时间 | Written';
comment on column etl.arrival_inbox.database_user is '写入的数据库登录用户 | Login that wrote it';
comment on column etl.arrival_inbox.state is '状态：待处理、已受理、重复、拒绝 | State';
comment on column etl.arrival_inbox.reason is '原因；待处理时表示预约尚未入库 | Why it was refused; of an open one: why it waits';
comment on column etl.arrival_inbox.finished_at is '处理完成时间 | When it was decided';

alter table warehouse.arrivals add column source text not null default 'command' check (source in ('inbox', 'file', 'command'));
alter table warehouse.arrivals alter column source drop default;
comment on table warehouse.arrivals is '到检：每个预约至多一行；平台是否确认见 etl.outbox | Arrivals: at most one per reservation; etl.outbox says whether the platform has confirmed it';
comment on column warehouse.arrivals.source is '来源：前台写入、文件、命令行 | Where it came from: inbox, file, command';

-- Each arrival is owed once.
create unique index outbox_arrival_idx on etl.outbox (account, key) where kind = 'arrival';

-- Kept beside the volumes, anew for each check date that a load or an arrival touches.
alter table warehouse.daily_volumes add column arrived bigint not null default 0 check (arrived between 0 and reservations);
comment on column warehouse.daily_volumes.arrived is '其中已到检的预约数 | Reservations of these that have arrived';

insert into etl.stale_check_dates (account, check_date)
select distinct versions.account, versions.check_date
from warehouse.arrivals as arrival
inner join warehouse.reservation_versions as versions
    on versions.account = arrival.account
    and versions.serial_number = arrival.serial_number
    and versions.valid_to = 'infinity'
on conflict (account, check_date) do nothing;

-- A day is over at midnight in Hangzhou: before that nobody has failed to come.
create view mart.arrival_rates as
select
    booked.account,
    booked.check_date,
    booked.hospital_code,
    booked.hospital_name,
    booked.hospital_package_id,
    booked.hospital_package_name,
    booked.data_sources,
    booked.is_over,
    booked.booked,
    booked.arrived,
    case when booked.is_over then booked.booked - booked.arrived end as no_shows,
    case when booked.is_over then round(booked.arrived::numeric / booked.booked, 4) end as arrival_rate
from (
    -- Cancelled reservations are left out: nobody waits for them.
    select
        volumes.account,
        volumes.check_date,
        volumes.hospital_code,
        max(volumes.hospital_name) as hospital_name,
        volumes.hospital_package_id,
        max(volumes.hospital_package_name) as hospital_package_name,
        volumes.data_sources,
        volumes.check_date < (now() at time zone 'Asia/Shanghai')::date as is_over,
        sum(volumes.reservations)::bigint as booked,
        sum(volumes.arrived)::bigint as arrived
    from warehouse.daily_volumes as volumes
    where volumes.order_status <> '5'
    group by
        volumes.account,
        volumes.check_date,
        volumes.hospital_code,
        volumes.hospital_package_id,
        volumes.data_sources
) as booked;
comment on view mart.arrival_rates is '到检率与爽约：体检日期 × 机构 × 套餐 × 渠道，不含已取消 | Arrivals and no-shows: check date × hospital × package × channel, cancelled ones left out';
comment on column mart.arrival_rates.account is '平台账号（医院） | Account with the platform';
comment on column mart.arrival_rates.check_date is '体检日期 | Check date';
comment on column mart.arrival_rates.hospital_code is '体检机构编码 | Hospital code';
comment on column mart.arrival_rates.hospital_name is '体检机构名称 | Hospital';
comment on column mart.arrival_rates.hospital_package_id is '体检套餐编码 | Package code';
comment on column mart.arrival_rates.hospital_package_name is '体检套餐名称 | Package';
comment on column mart.arrival_rates.data_sources is '数据来源（预约渠道） | Booking channel';
comment on column mart.arrival_rates.is_over is '体检日期是否已过（北京时间） | Whether the check date is past, Beijing time';
comment on column mart.arrival_rates.booked is '未取消的预约数 | Reservations that are not cancelled';
comment on column mart.arrival_rates.arrived is '其中已到检 | Those of them that have arrived';
comment on column mart.arrival_rates.no_shows is '爽约数；体检日期未过为空 | Those that did not come; null until the check date is past';
comment on column mart.arrival_rates.arrival_rate is '到检率（0 到 1）；体检日期未过为空，不可跨行平均 | Share that arrived, 0 to 1; null until the check date is past; does not average over rows';
