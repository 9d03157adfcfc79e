-- What the finance handoff is made from: numbered handoffs, and the journal that the history gives. No identity column.
-- Entries are stored where they are numbered: one reservation's are found without counting all that come before them, and a
-- swap of the history cannot change them.

create schema finance;

create table finance.handoffs (
    account text not null,
    handoff_number integer not null check (handoff_number between 1 and 999999),
    first_delivery_id bigint not null,
    last_delivery_id bigint not null,
    as_of timestamptz not null,
    first_entry_number bigint not null check (first_entry_number >= 1),
    entries bigint not null check (entries >= 1),
    amount numeric(24, 2) not null,
    balance numeric(24, 2) not null,
    recorded_at timestamptz not null
        default coalesce(nullif(current_setting('tijian.recorded_at', true), '')::timestamptz, now()),
    primary key (account, handoff_number),
    foreign key (first_delivery_id, account) references etl.deliveries (delivery_id, account),
    foreign key (last_delivery_id, account) references etl.deliveries (delivery_id, account),
    unique (account, last_delivery_id),
    check (first_delivery_id <= last_delivery_id)
);

-- What every version moves. A cancelled reservation is booked at nothing, and so is one without a fee.
-- A first version books its fee: nearly all of a first load's versions are such, so they have a select of their own. A later one
-- in another month, hospital or way of payment than the one before it takes the amount out there (line 1) and puts it in here
-- (line 2); otherwise it moves the difference (line 2). So sums by month, by hospital and by way of payment are right. An absent
-- way of payment and an empty one are the same.
-- The version before is looked up one by one, and only where there is one: a join of the table with itself, planned
-- before there are statistics, would compare everything with everything.
create view finance.version_movements as
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
    line.line_number,
    case
        when line.amount_before = 0 then 'posting'
        when line.amount_after = 0 then 'reversal'
        else 'adjustment'
    end as entry_kind,
    versions.change as event,
    versions.valid_from as event_at,
    line.check_date,
    date_trunc('month', line.check_date::timestamp)::date as check_month,
    line.hospital_code,
    line.hospital_name,
    line.hospital_package_id,
    line.hospital_package_name,
    versions.order_status,
    line.pay_type,
    line.data_sources,
    line.amount_before,
    line.amount_after,
    line.amount_after - line.amount_before as amount
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
        case when before.order_status = '5' then 0 else coalesce(before.examination_fee, 0) end as fee_before,
        case when versions.order_status = '5' then 0 else coalesce(versions.examination_fee, 0) end as fee_after,
        (
            date_trunc('month', before.check_date::timestamp),
            before.hospital_code,
            coalesce(before.pay_type, '')
        ) = (
            date_trunc('month', versions.check_date::timestamp),
            versions.hospital_code,
            coalesce(versions.pay_type, '')
        ) as is_same_place
) as booked
cross join lateral (
    select
        1 as line_number,
        before.check_date,
        before.hospital_code,
        before.hospital_name,
        before.hospital_package_id,
        before.hospital_package_name,
        before.pay_type,
        before.data_sources,
        booked.fee_before as amount_before,
        0::numeric as amount_after
    where not booked.is_same_place
    union all
    select
        2,
        versions.check_date,
        versions.hospital_code,
        versions.hospital_name,
        versions.hospital_package_id,
        versions.hospital_package_name,
        versions.pay_type,
        versions.data_sources,
        case when booked.is_same_place then booked.fee_before else 0 end,
        booked.fee_after
) as line
where versions.version > 1
    and line.amount_before <> line.amount_after;

-- The entries of all handoffs, as they were given. (Its rows are made with those of finance.handoffs, in one statement; a
-- reference to it would be looked up for each of a first load's entries.)
create table finance.numbered_movements (
    handoff_number integer not null,
    entry_number bigint not null,
    like finance.version_movements,
    primary key (account, handoff_number, entry_number)
);
create index numbered_movements_reservation_idx on finance.numbered_movements (serial_number);

-- How far an account was handed over when its history was swapped: up to there, entries are what they were. What the swap
-- changes in the fees of these deliveries is a correction, which belongs to the first delivery after them.
create table finance.kept (
    account text primary key,
    last_delivery_id bigint not null,
    kept_at timestamptz not null default now()
);

create table finance.corrections (like finance.version_movements);
alter table finance.corrections drop column delivery_id, alter column account set not null;

create view finance.movements as
select
    moved.account,
    moved.delivery_id,
    moved.serial_number,
    moved.version,
    moved.line_number,
    moved.entry_kind,
    moved.event,
    moved.event_at,
    moved.check_date,
    moved.check_month,
    moved.hospital_code,
    moved.hospital_name,
    moved.hospital_package_id,
    moved.hospital_package_name,
    moved.order_status,
    moved.pay_type,
    moved.data_sources,
    moved.amount_before,
    moved.amount_after,
    moved.amount
from finance.version_movements as moved
where not exists (
    select
    from finance.kept as kept
    where kept.account = moved.account
        and kept.last_delivery_id >= moved.delivery_id
)
union all
select
    moved.account,
    moved.delivery_id,
    moved.serial_number,
    moved.version,
    moved.line_number,
    moved.entry_kind,
    moved.event,
    moved.event_at,
    moved.check_date,
    moved.check_month,
    moved.hospital_code,
    moved.hospital_name,
    moved.hospital_package_id,
    moved.hospital_package_name,
    moved.order_status,
    moved.pay_type,
    moved.data_sources,
    moved.amount_before,
    moved.amount_after,
    moved.amount
from finance.numbered_movements as moved
inner join finance.kept as kept
    on kept.account = moved.account
    and kept.last_delivery_id >= moved.delivery_id
union all
select
    correction.account,
    next.delivery_id,
    correction.serial_number,
    correction.version,
    correction.line_number,
    correction.entry_kind,
    correction.event,
    correction.event_at,
    correction.check_date,
    correction.check_month,
    correction.hospital_code,
    correction.hospital_name,
    correction.hospital_package_id,
    correction.hospital_package_name,
    correction.order_status,
    correction.pay_type,
    correction.data_sources,
    correction.amount_before,
    correction.amount_after,
    correction.amount
from finance.corrections as correction
inner join finance.kept as kept on kept.account = correction.account
cross join lateral (
    select min(delivery.delivery_id) as delivery_id
    from etl.deliveries as delivery
    where delivery.account = kept.account
        and delivery.delivery_id > kept.last_delivery_id
) as next
where next.delivery_id is not null;

-- The journal. An entry is of the day on which it took effect, and is booked on that of its handoff; both days are Beijing's.
create view finance.entries as
select
    entry.account,
    entry.handoff_number,
    entry.entry_number,
    entry.entry_kind,
    entry.event,
    entry.event_at,
    (entry.event_at at time zone 'Asia/Shanghai')::date as event_date,
    (handoff.as_of at time zone 'Asia/Shanghai')::date as posting_date,
    entry.serial_number,
    entry.version,
    entry.hospital_code,
    entry.hospital_name,
    entry.check_date,
    entry.check_month,
    entry.hospital_package_id,
    entry.hospital_package_name,
    entry.order_status,
    entry.pay_type,
    entry.data_sources,
    entry.amount_before,
    entry.amount_after,
    entry.amount,
    entry.delivery_id
from finance.numbered_movements as entry
inner join finance.handoffs as handoff
    on handoff.account = entry.account
    and handoff.handoff_number = entry.handoff_number;

-- The first version is looked up one by one, for the same reason as above, and only where it is another one.
create view finance.reservations as
select
    current.account,
    current.serial_number,
    current.version,
    current.change,
    coalesce(first.valid_from, current.valid_from) as booked_at,
    (coalesce(first.valid_from, current.valid_from) at time zone 'Asia/Shanghai')::date as booked_date,
    current.valid_from as changed_at,
    (current.valid_from at time zone 'Asia/Shanghai')::date as changed_date,
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

-- Months that are closed: the handoffs from the one after the month before up to the last one as of a time before the month's
-- end, by Beijing's clock. A month without a handoff ends where it begins. What comes later with an earlier time belongs to the
-- next open month, so a closed one never changes.
create table finance.months (
    account text not null,
    posting_month date not null check (posting_month = date_trunc('month', posting_month::timestamp)::date),
    first_handoff_number integer not null check (first_handoff_number >= 1),
    last_handoff_number integer not null,
    closed_at timestamptz not null default now(),
    primary key (account, posting_month),
    check (last_handoff_number >= first_handoff_number - 1)
);

-- Their figures, stored: labels, and arrivals that are reported later, change no closed month. performed is null where the
-- hospital's check month has nobody who is known to have come: unknown is not nothing.
create table finance.month_balances (
    account text not null,
    posting_month date not null,
    hospital_code text not null,
    pay_type text not null,
    check_month date not null,
    hospital_name text,
    pay_type_zh text,
    opening numeric(24, 2) not null,
    postings numeric(24, 2) not null,
    adjustments numeric(24, 2) not null,
    reversals numeric(24, 2) not null,
    earlier_months numeric(24, 2) not null,
    closing numeric(24, 2) not null,
    performed numeric(24, 2),
    primary key (account, posting_month, hospital_code, pay_type, check_month),
    foreign key (account, posting_month) references finance.months (account, posting_month)
);
