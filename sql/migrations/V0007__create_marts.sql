-- The marts: what analysts ask, without knowing versions, and without any column that names a person.
-- Views over the history, but for the volumes: those are kept as a table, made again for each check date that a load or an arrival
-- touches.

create schema mart;

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
    arrived bigint not null default 0 check (arrived between 0 and reservations),
    arrivals_reported boolean not null default false,
    check (arrivals_reported or arrived = 0)
);

-- By check date alone: a whole date is made, read and dropped at once. That a group has one row is what makes it, by "group by",
-- and what the audit compares; a unique index of all its columns took longer than the sums.
create index daily_volumes_check_date_idx on warehouse.daily_volumes (check_date, account);

create table mart.code_labels (
    account text not null,
    column_name text not null,
    code text not null,
    label_zh text not null,
    label_en text not null,
    primary key (account, column_name, code)
);

-- The backlog: what an account's first load brings was booked some time before, and nobody knows when. It begins with the first
-- delivery that opens anything. That is all of it where the platform gives all that it has, as its document says; where it is
-- cut, or gives so many records at a time, the rest comes with the next ones. A night brings far less than a first load: so
-- what follows within a week belongs to it, as long as no delivery has less than half of the first one's records. Nobody cuts at
-- fewer than 100: a new hospital that has no backlog begins with less, and if not, loses the lead times of that week at most.
-- Retries in between load what was refused of it. A run may pull several times, and the rest of what it has pulled comes with
-- it; the deliveries of a journal that was applied to an empty warehouse are of one run, too, and are told apart by when they
-- were received.
create view warehouse.backlog_deliveries as
select
    delivery.account,
    delivery.delivery_id
from (
    select distinct on (opening.account)
        opening.account,
        opening.delivery_id,
        opening.run_id,
        opening.received_at,
        opening.received
    from etl.deliveries as opening
    where opening.opened > 0
    order by opening.account, opening.delivery_id
) as first
cross join lateral (
    select min(later.delivery_id) as delivery_id
    from etl.deliveries as later
    where later.account = first.account
        and later.delivery_id > first.delivery_id
        and not later.is_retry
        and (
            first.received < 100
            or later.received * 2 < first.received
            or later.received_at >= first.received_at + interval '7 days'
        )
) as ending
inner join etl.deliveries as delivery
    on delivery.account = first.account
    and delivery.delivery_id >= first.delivery_id
    and (
        ending.delivery_id is null
        or delivery.delivery_id < ending.delivery_id
        or (delivery.run_id = first.run_id and delivery.received_at < first.received_at + interval '12 hours')
    );

-- The only place that knows the bands. An age below zero is a mistake somewhere, and has none.
create function mart.age_band(age_years integer)
returns text
language sql
immutable
parallel safe
as $$
    select case
        when age_years >= 70 then '70+'
        when age_years >= 60 then '60-69'
        when age_years >= 50 then '50-59'
        when age_years >= 40 then '40-49'
        when age_years >= 30 then '30-39'
        when age_years >= 18 then '18-29'
        when age_years >= 0 then '0-17'
    end
$$;

create view mart.reservation_versions as
select
    versions.account,
    versions.serial_number,
    versions.version,
    versions.valid_from,
    (versions.valid_from at time zone 'Asia/Shanghai')::date as event_date,
    nullif(versions.valid_to, 'infinity') as valid_to,
    versions.valid_to = 'infinity' as is_current,
    first.delivery_id in (select backlog.delivery_id from warehouse.backlog_deliveries as backlog) as is_backlog,
    versions.change,
    encode(versions.person_id, 'hex') as person_id,
    versions.card_type,
    extract(year from age(versions.check_date, versions.birthdate))::integer as age_years,
    mart.age_band(extract(year from age(versions.check_date, versions.birthdate))::integer) as age_band,
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
from warehouse.reservation_versions as versions
-- An outer join is left out of the plan where nobody asks for its columns.
left join warehouse.reservation_versions as first
    on first.account = versions.account
    and first.serial_number = versions.serial_number
    and first.version = 1;

create view mart.reservations_current as
select
    current.account,
    current.serial_number,
    current.version,
    first.valid_from as booked_at,
    (first.valid_from at time zone 'Asia/Shanghai')::date as booked_date,
    first.delivery_id in (select backlog.delivery_id from warehouse.backlog_deliveries as backlog) as is_backlog,
    current.valid_from as changed_at,
    current.event_date as changed_date,
    current.change,
    change.label_zh as change_zh,
    change.label_en as change_en,
    current.person_id,
    current.card_type,
    card_type.label_zh as card_type_zh,
    card_type.label_en as card_type_en,
    current.age_years,
    current.age_band,
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
    payment.label_zh as pay_type_zh,
    payment.label_en as pay_type_en,
    current.data_sources,
    channel.label_zh as data_sources_zh,
    channel.label_en as data_sources_en,
    arrivals.arrived_at,
    (arrivals.arrived_at at time zone 'Asia/Shanghai')::date as arrived_date,
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
left join mart.code_labels as payment
    on payment.account = current.account and payment.column_name = 'pay_type' and payment.code = current.pay_type
left join mart.code_labels as channel
    on channel.account = current.account
    and channel.column_name = 'data_sources'
    and channel.code = current.data_sources
where current.is_current;

create view mart.reservation_events as
select
    happened.account,
    happened.serial_number,
    happened.version,
    happened.event_at,
    (happened.event_at at time zone 'Asia/Shanghai')::date as event_date,
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
    happened.first_delivery_id in (
        select backlog.delivery_id
        from warehouse.backlog_deliveries as backlog
    ) as is_backlog,
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
        first.delivery_id as first_delivery_id,
        versions.delivery_id
    from warehouse.reservation_versions as versions
    left join warehouse.reservation_versions as before
        on before.account = versions.account
        and before.serial_number = versions.serial_number
        and before.version = versions.version - 1
    left join warehouse.reservation_versions as first
        on first.account = versions.account
        and first.serial_number = versions.serial_number
        and first.version = 1
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
        first.delivery_id,
        current.delivery_id
    from warehouse.arrivals as arrivals
    inner join warehouse.reservation_versions as current
        on current.account = arrivals.account
        and current.serial_number = arrivals.serial_number
        and current.valid_to = 'infinity'
    left join warehouse.reservation_versions as first
        on first.account = arrivals.account
        and first.serial_number = arrivals.serial_number
        and first.version = 1
) as happened
left join mart.code_labels as label
    on label.account = happened.account and label.column_name = 'event' and label.code = happened.event;

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
    volumes.fee_total,
    volumes.arrivals_reported,
    case when volumes.arrivals_reported then volumes.arrived end as arrived
from warehouse.daily_volumes as volumes
left join mart.code_labels as status
    on status.account = volumes.account
    and status.column_name = 'order_status'
    and status.code = volumes.order_status;

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
as $$
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
        and (versions.is_current or versions.valid_to > as_of)
    group by
        versions.account,
        versions.check_date,
        versions.hospital_code,
        versions.hospital_package_id,
        versions.data_sources,
        versions.order_status;
$$;

-- Of the backlog nobody knows how long before it was booked: it has rows of its own.
create view mart.booking_pace as
select
    first_known.account,
    first_known.check_date,
    first_known.hospital_code,
    max(first_known.hospital_name) as hospital_name,
    first_known.data_sources,
    first_known.is_backlog,
    case when not first_known.is_backlog then first_known.check_date - first_known.booked_date end as lead_days,
    count(*) as reservations,
    count(*) filter (where first_known.is_cancelled) as cancelled
from mart.reservations_current as first_known
group by
    first_known.account,
    first_known.check_date,
    first_known.hospital_code,
    first_known.data_sources,
    first_known.is_backlog,
    lead_days;

-- Dates move with a cancellation and a reinstatement, too; and the platform may call a reservation rescheduled whose date
-- stays. The version before is looked up row by row: for a few weeks of events the whole history would be read otherwise.
create view mart.reschedules as
select
    moved.account,
    (moved.valid_from at time zone 'Asia/Shanghai')::date as rescheduled_date,
    moved.change as event,
    max(label.label_zh) as event_zh,
    max(label.label_en) as event_en,
    moved.hospital_code,
    max(moved.hospital_name) as hospital_name,
    moved.data_sources,
    before.check_date as check_date_before,
    moved.check_date as check_date_after,
    moved.check_date - before.check_date as days_moved,
    count(*) as reschedules
from warehouse.reservation_versions as moved
cross join lateral (
    select earlier.check_date
    from warehouse.reservation_versions as earlier
    where earlier.account = moved.account
        and earlier.serial_number = moved.serial_number
        and earlier.version = moved.version - 1
    limit 1
) as before
left join mart.code_labels as label
    on label.account = moved.account and label.column_name = 'event' and label.code = moved.change
where moved.version > 1
    and (moved.change = 'rescheduled' or moved.check_date <> before.check_date)
group by
    moved.account,
    rescheduled_date,
    moved.change,
    moved.hospital_code,
    moved.data_sources,
    before.check_date,
    moved.check_date;

-- What came cancelled with the first load was so before: nobody knows when, and it has rows of its own.
create view mart.cancellations as
select
    events.account,
    events.is_backlog,
    case when not events.is_backlog then events.event_date end as cancelled_date,
    events.check_date_after as check_date,
    case when not events.is_backlog then events.check_date_after - events.event_date end as days_before_check,
    events.hospital_code,
    max(events.hospital_name) as hospital_name,
    events.hospital_package_id,
    max(events.hospital_package_name) as hospital_package_name,
    events.data_sources,
    count(*) as cancellations,
    coalesce(sum(coalesce(events.fee_before, events.fee_after)), 0) as fee_total
from (
    select
        happened.account,
        happened.version = 1 and happened.is_backlog as is_backlog,
        happened.event_date,
        happened.check_date_after,
        happened.hospital_code,
        happened.hospital_name,
        happened.hospital_package_id,
        happened.hospital_package_name,
        happened.data_sources,
        happened.fee_before,
        happened.fee_after
    from mart.reservation_events as happened
    where happened.event = 'cancelled'
) as events
group by
    events.account,
    events.is_backlog,
    events.event_date,
    events.check_date_after,
    events.hospital_code,
    events.hospital_package_id,
    events.data_sources;

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

-- A day is over at midnight in Hangzhou: before that nobody has failed to come. Where a hospital reports nobody of a day, who
-- came is unknown, and nobody is said to have stayed away.
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
    booked.arrivals_reported,
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
        volumes.arrivals_reported,
        sum(volumes.reservations)::bigint as booked,
        case when volumes.arrivals_reported then sum(volumes.arrived)::bigint end as arrived
    from warehouse.daily_volumes as volumes
    where volumes.order_status <> '5'
    group by
        volumes.account,
        volumes.check_date,
        volumes.hospital_code,
        volumes.hospital_package_id,
        volumes.data_sources,
        volumes.arrivals_reported
) as booked;

create view mart.load_quality as
select
    delivery.account,
    delivery.delivery_id,
    (delivery.effective_at at time zone 'Asia/Shanghai')::date as night,
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

create view mart.load_quality_by_rule as
select
    delivery.account,
    delivery.delivery_id,
    (delivery.effective_at at time zone 'Asia/Shanghai')::date as night,
    problem.field,
    problem.rule,
    problem.is_rejecting,
    problem.records
from etl.delivery_problems as problem
inner join etl.deliveries as delivery on delivery.delivery_id = problem.delivery_id;

-- A reservation counts on the day that brought it, at the hospital and through the channel that it had then.
create view mart.bookings_by_day as
select
    booked.account,
    (booked.valid_from at time zone 'Asia/Shanghai')::date as booked_date,
    booked.hospital_code,
    max(booked.hospital_name) as hospital_name,
    booked.data_sources,
    booked.delivery_id in (select backlog.delivery_id from warehouse.backlog_deliveries as backlog) as is_backlog,
    count(*) as reservations
from warehouse.reservation_versions as booked
where booked.version = 1
group by booked.account, booked_date, booked.hospital_code, booked.data_sources, is_backlog;

-- Asked for some reservations, it looks up their persons one by one: no window over everybody. Of the backlog nobody knows when
-- it was booked, nor when what came cancelled with it was.
create view mart.person_visits as
select
    current.account,
    current.person_id,
    current.serial_number,
    current.booked_at,
    current.booked_date,
    current.is_backlog,
    current.check_date,
    current.hospital_code,
    current.hospital_name,
    current.data_sources,
    current.is_cancelled,
    case
        when not (current.is_backlog and cancelled.cancelled_at = current.booked_at)
            then (cancelled.cancelled_at at time zone 'Asia/Shanghai')::date
    end as cancelled_date,
    case when not current.is_cancelled then others.visits_before + 1 end as visit_number,
    case when not current.is_cancelled then others.visits_before > 0 end as is_returning,
    others.previous_check_date,
    case when not current.is_backlog then others.is_rebooking end as is_rebooking,
    rebooked.rebooked_date,
    cancelled.cancelled_at is not null and rebooked.rebooked_date is not null as was_rebooked
from (
    select
        versions.account,
        versions.serial_number,
        versions.person_id as person_digest,
        encode(versions.person_id, 'hex') as person_id,
        first.valid_from as booked_at,
        (first.valid_from at time zone 'Asia/Shanghai')::date as booked_date,
        first.delivery_id in (select backlog.delivery_id from warehouse.backlog_deliveries as backlog) as is_backlog,
        versions.check_date,
        versions.hospital_code,
        versions.hospital_name,
        versions.data_sources,
        versions.order_status = '5' as is_cancelled
    from warehouse.reservation_versions as versions
    inner join warehouse.reservation_versions as first
        on first.account = versions.account
        and first.serial_number = versions.serial_number
        and first.version = 1
    where versions.valid_to = 'infinity'
        and versions.person_id is not null
) as current
-- When a reservation that is cancelled was cancelled last.
left join lateral (
    select max(event.valid_from) as cancelled_at
    from warehouse.reservation_versions as event
    where current.is_cancelled
        and event.account = current.account
        and event.serial_number = current.serial_number
        and event.change = 'cancelled'
) as cancelled on true
-- The person's other reservations: those that stand and come before, and those cancelled before this one was received.
cross join lateral (
    select
        count(*) filter (
            where other.order_status <> '5'
                and (other.check_date, other.serial_number) < (current.check_date, current.serial_number)
        ) as visits_before,
        max(other.check_date) filter (
            where other.order_status <> '5'
                and (other.check_date, other.serial_number) < (current.check_date, current.serial_number)
        ) as previous_check_date,
        coalesce(
            bool_or(
                other.order_status = '5'
                and (
                    select max(event.valid_from)
                    from warehouse.reservation_versions as event
                    where event.account = other.account
                        and event.serial_number = other.serial_number
                        and event.change = 'cancelled'
                ) <= current.booked_at
            ),
            false
        ) as is_rebooking
    from warehouse.reservation_versions as other
    where other.account = current.account
        and other.person_id = current.person_digest
        and other.serial_number <> current.serial_number
        and other.valid_to = 'infinity'
) as others
-- The first other reservation that was received with the cancellation or after it.
left join lateral (
    select (min(booked.valid_from) at time zone 'Asia/Shanghai')::date as rebooked_date
    from warehouse.reservation_versions as other
    inner join warehouse.reservation_versions as booked
        on booked.account = other.account
        and booked.serial_number = other.serial_number
        and booked.version = 1
    where current.is_cancelled
        and other.account = current.account
        and other.person_id = current.person_digest
        and other.serial_number <> current.serial_number
        and other.valid_to = 'infinity'
        and booked.valid_from >= cancelled.cancelled_at
        and booked.delivery_id not in (select backlog.delivery_id from warehouse.backlog_deliveries as backlog)
) as rebooked on true;

-- How many stood at the end of each of the 60 days before a check date, and of that day itself. A version that is not cancelled
-- comes in on the day it begins, and goes out on the day it ends; what was moved to another date is gone from this one. Nobody
-- knows how a date stood before the account's first load was whole: there are no such rows, nor any of days to come.
create view mart.pickup as
select
    standing.account,
    standing.check_date,
    standing.hospital_code,
    standing.hospital_name,
    days.days_before,
    standing.check_date - days.days_before as standing_date,
    standing.reservations
from (
    -- Between two changes the number stays: from the day of this one down to the day before the next.
    select
        changes.account,
        changes.check_date,
        changes.hospital_code,
        max(changes.hospital_name) over date as hospital_name,
        changes.days_before,
        lead(changes.days_before, 1, -1) over moment as next_days_before,
        (sum(changes.reservations) over moment)::bigint as reservations
    from (
        select
            lives.account,
            lives.check_date,
            lives.hospital_code,
            max(lives.hospital_name) as hospital_name,
            change.days_before,
            sum(change.reservations) as reservations
        from (
            -- Versions that begin and end on the same days, counted first: they are many.
            select
                versions.account,
                versions.check_date,
                versions.hospital_code,
                max(versions.hospital_name) as hospital_name,
                (versions.valid_from at time zone 'Asia/Shanghai')::date as first_day,
                case
                    when versions.valid_to <> 'infinity' then (versions.valid_to at time zone 'Asia/Shanghai')::date
                end as end_day,
                count(*) filter (where versions.order_status <> '5') as reservations
            from warehouse.reservation_versions as versions
            group by versions.account, versions.check_date, versions.hospital_code, first_day, end_day
        ) as lives
        -- Every date has its 60th day, with nobody who comes or goes.
        cross join lateral (
            values
                (60, 0),
                (least(60, lives.check_date - lives.first_day), lives.reservations),
                -- (The least of a number and null is the number.)
                (
                    case when lives.end_day is not null then least(60, lives.check_date - lives.end_day) end,
                    -lives.reservations
                )
        ) as change (days_before, reservations)
        where change.days_before >= 0
        group by lives.account, lives.check_date, lives.hospital_code, change.days_before
    ) as changes
    window
        date as (partition by changes.account, changes.check_date, changes.hospital_code),
        moment as (date order by changes.days_before desc)
) as standing
inner join (
    select backlog.account, max((delivery.effective_at at time zone 'Asia/Shanghai')::date) as first_date
    from warehouse.backlog_deliveries as backlog
    inner join etl.deliveries as delivery on delivery.delivery_id = backlog.delivery_id
    where delivery.opened > 0
    group by backlog.account
) as known on known.account = standing.account
cross join lateral generate_series(standing.next_days_before + 1, standing.days_before) as days (days_before)
where standing.check_date - days.days_before >= known.first_date
    and standing.check_date - days.days_before <= (now() at time zone 'Asia/Shanghai')::date;

-- The only place that knows how small a cell of an aggregate may be. The owner changes it.
create table mart.privacy (
    min_cell integer not null default 5 check (min_cell >= 1)
);
create unique index privacy_has_one_row on mart.privacy ((true));
insert into mart.privacy default values;

-- A month is a range of check dates, so that one month is found by their index.
create view mart.demographics as
select
    cells.account,
    cells.check_month,
    cells.hospital_code,
    cells.hospital_name,
    cells.age_band,
    cells.sex_code,
    sex.label_zh as sex_zh,
    sex.label_en as sex_en,
    case when cells.people >= privacy.min_cell then cells.reservations end as reservations,
    case when cells.people >= privacy.min_cell then cells.people end as people,
    cells.people < privacy.min_cell as is_suppressed
from (
    select
        versions.account,
        months.check_month,
        versions.hospital_code,
        max(versions.hospital_name) as hospital_name,
        mart.age_band(extract(year from age(versions.check_date, versions.birthdate))::integer) as age_band,
        versions.sex_code,
        count(*) as reservations,
        count(distinct versions.person_id) as people
    from (
        select every.month::date as check_month
        from generate_series(
            (select date_trunc('month', min(volumes.check_date)::timestamp) from warehouse.daily_volumes as volumes),
            (select max(volumes.check_date)::timestamp from warehouse.daily_volumes as volumes),
            interval '1 month'
        ) as every (month)
    ) as months
    inner join warehouse.reservation_versions as versions
        on versions.check_date >= months.check_month
        and versions.check_date < (months.check_month + interval '1 month')::date
    where versions.valid_to = 'infinity'
        and versions.order_status <> '5'
    group by versions.account, months.check_month, versions.hospital_code, age_band, versions.sex_code
) as cells
cross join mart.privacy as privacy
left join mart.code_labels as sex
    on sex.account = cells.account and sex.column_name = 'sex_code' and sex.code = cells.sex_code;

-- The hospital fills it: days that are not what their weekday says.
create table mart.calendar (
    day date primary key,
    is_holiday boolean not null default false,
    is_makeup_workday boolean not null default false,
    holiday text,
    check (not (is_holiday and is_makeup_workday))
);

-- Every day of the years that the volumes or the calendar know, so that a day without anybody is there, too.
create view mart.calendar_days as
select
    every.day::date as day,
    date_trunc('month', every.day)::date as month,
    extract(isoyear from every.day)::integer as iso_year,
    extract(week from every.day)::integer as iso_week,
    extract(isodow from every.day)::integer as weekday,
    ('{周一,周二,周三,周四,周五,周六,周日}'::text[])[extract(isodow from every.day)::integer] as weekday_zh,
    ('{Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday}'::text[])[
        extract(isodow from every.day)::integer
    ] as weekday_en,
    coalesce(calendar.is_holiday, false) as is_holiday,
    coalesce(calendar.is_makeup_workday, false) as is_makeup_workday,
    case
        when calendar.is_holiday then false
        when calendar.is_makeup_workday then true
        else extract(isodow from every.day) < 6
    end as is_workday,
    calendar.holiday
from (
    select
        min(known.first_day) as first_day,
        max(known.last_day) as last_day
    from (
        select min(volumes.check_date) as first_day, max(volumes.check_date) as last_day
        from warehouse.daily_volumes as volumes
        union all
        select min(calendar.day), max(calendar.day)
        from mart.calendar as calendar
    ) as known
) as bounds
cross join lateral generate_series(
    date_trunc('year', bounds.first_day::timestamp),
    date_trunc('year', bounds.last_day::timestamp) + interval '1 year' - interval '1 day',
    interval '1 day'
) as every (day)
left join mart.calendar as calendar on calendar.day = every.day::date;

-- Optional: how many a hospital can examine. It fills it itself.
create table mart.capacity (
    account text not null,
    hospital_code text not null,
    day date not null,
    places integer not null check (places >= 0),
    primary key (account, hospital_code, day)
);

-- What the platform sends beside the fields of the contract may name people: the owner names the fields that analysts see. The view
-- is a barrier: no condition of a reader is asked of another field.
create table mart.released_fields (
    field text primary key
);

create view mart.unknown_fields with (security_barrier) as
select
    versions.account,
    versions.serial_number,
    versions.version,
    unknown.field,
    unknown.value
from warehouse.reservation_versions as versions
cross join lateral jsonb_each_text(versions.extra) as unknown (field, value)
inner join mart.released_fields as released on released.field = unknown.field
where versions.extra is not null;
