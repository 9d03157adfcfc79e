-- What many people may look at: months and weeks, never a day or one reservation, and no figure of few people. Views for a group
-- that reads nothing else.

create schema dashboard;

-- Every cell of every view, and the only place that knows what is hidden. Rows stay, so that nobody takes what is hidden for
-- nothing. Whoever cannot be told apart (no document number) counts as nobody.
--
-- A cell is hidden where fewer people make it than mart.privacy says. Its part, the fees or who came, is hidden also where fewer
-- have paid or come; or fewer have not come, since no-shows are told (how many have not paid is told nowhere). A hospital's total is in other views: so where something is hidden, it is hidden in
-- the smallest of the others beside it, too, and in all of them where it would still be of few. That is enough as long as the
-- month of a hospital is the only total that two views share: no cell is of several hospitals, and no date is counted both by
-- week and by month, of which one less the others would be a few days.
create view warehouse.dashboard_cells as
with facts as (
    select
        'hospital' as breakdown,
        versions.account,
        date_trunc('month', versions.check_date::timestamp)::date as period,
        versions.hospital_code,
        versions.hospital_name,
        null::text as code,
        null::text as label,
        null::text as age_band,
        null::boolean as is_apart,
        versions.person_id as person_id,
        versions.examination_fee as fee,
        coalesce(versions.examination_fee > 0, false) as is_part
    from warehouse.reservation_versions as versions
    where versions.valid_to = 'infinity'
        and versions.order_status <> '5'
    union all
    select
        'package' as breakdown,
        versions.account,
        date_trunc('month', versions.check_date::timestamp)::date as period,
        versions.hospital_code,
        versions.hospital_name,
        versions.hospital_package_id as code,
        versions.hospital_package_name as label,
        null as age_band,
        null as is_apart,
        versions.person_id as person_id,
        versions.examination_fee as fee,
        coalesce(versions.examination_fee > 0, false) as is_part
    from warehouse.reservation_versions as versions
    where versions.valid_to = 'infinity'
        and versions.order_status <> '5'
    union all
    select
        'channel' as breakdown,
        versions.account,
        date_trunc('month', versions.check_date::timestamp)::date as period,
        versions.hospital_code,
        versions.hospital_name,
        versions.data_sources as code,
        null as label,
        null as age_band,
        null as is_apart,
        versions.person_id as person_id,
        versions.examination_fee as fee,
        coalesce(versions.examination_fee > 0, false) as is_part
    from warehouse.reservation_versions as versions
    where versions.valid_to = 'infinity'
        and versions.order_status <> '5'
    union all
    select
        'age and sex' as breakdown,
        versions.account,
        date_trunc('month', versions.check_date::timestamp)::date as period,
        versions.hospital_code,
        versions.hospital_name,
        versions.sex_code as code,
        null as label,
        mart.age_band(extract(year from age(versions.check_date, versions.birthdate))::integer) as age_band,
        null as is_apart,
        versions.person_id as person_id,
        null as fee,
        coalesce(false, false) as is_part
    from warehouse.reservation_versions as versions
    where versions.valid_to = 'infinity'
        and versions.order_status <> '5'
    union all
    -- Months that are over. An arrival of a cancelled reservation tells, too, that somebody reports.
    select
        'arrival' as breakdown,
        versions.account,
        date_trunc('month', versions.check_date::timestamp)::date as period,
        versions.hospital_code,
        versions.hospital_name,
        null as code,
        null as label,
        null as age_band,
        reported.check_date is not null as is_apart,
        versions.person_id,
        null as fee,
        arrivals.arrived_at is not null as is_part
    from warehouse.reservation_versions as versions
    left join warehouse.arrivals as arrivals
        on arrivals.account = versions.account
        and arrivals.serial_number = versions.serial_number
    left join (
        select distinct
            seen.account,
            seen.check_date,
            seen.hospital_code
        from warehouse.arrivals as arrivals
        inner join warehouse.reservation_versions as seen
            on seen.account = arrivals.account
            and seen.serial_number = arrivals.serial_number
            and seen.valid_to = 'infinity'
    ) as reported
        on reported.account = versions.account
        and reported.check_date = versions.check_date
        and reported.hospital_code = versions.hospital_code
    where versions.valid_to = 'infinity'
        and versions.order_status <> '5'
        and versions.check_date < date_trunc('month', now() at time zone 'Asia/Shanghai')::date
    union all
    -- At the hospital that it had when it was first received, so that a week that is over stays as it is. When the backlog was booked,
    -- nobody knows.
    select
        'booking' as breakdown,
        first.account,
        date_trunc('week', first.event_date::timestamp)::date as period,
        first.hospital_code,
        first.hospital_name,
        null as code,
        null as label,
        null as age_band,
        first.is_backlog as is_apart,
        decode(first.person_id, 'hex') as person_id,
        null as fee,
        coalesce(false, false) as is_part
    from mart.reservation_versions as first
    where first.version = 1
    union all
    -- What came cancelled with the first load was so before, and nobody knows since when.
    select
        'cancellation' as breakdown,
        events.account,
        date_trunc('month', events.event_date::timestamp)::date as period,
        events.hospital_code,
        events.hospital_name,
        null as code,
        null as label,
        null as age_band,
        null as is_apart,
        decode(events.person_id, 'hex') as person_id,
        coalesce(events.fee_before, events.fee_after) as fee,
        coalesce(coalesce(events.fee_before, events.fee_after) > 0, false) as is_part
    from mart.reservation_events as events
    where events.event = 'cancelled'
        and not (events.is_backlog and events.version = 1)
),

-- Person by person, so that nothing has to be sorted to count them.
persons as (
    select
        facts.breakdown,
        facts.account,
        facts.period,
        facts.hospital_code,
        max(facts.hospital_name) as hospital_name,
        facts.code,
        max(facts.label) as label,
        facts.age_band,
        facts.is_apart,
        facts.person_id,
        count(*) as reservations,
        count(*) filter (where facts.is_part) as parts,
        sum(facts.fee) as fee_total
    from facts
    group by
        facts.breakdown,
        facts.account,
        facts.period,
        facts.hospital_code,
        facts.code,
        facts.age_band,
        facts.is_apart,
        facts.person_id
),

counted as (
    select
        persons.breakdown,
        persons.account,
        persons.period,
        persons.hospital_code,
        max(persons.hospital_name) as hospital_name,
        persons.code,
        max(persons.label) as label,
        persons.age_band,
        persons.is_apart,
        sum(persons.reservations)::bigint as reservations,
        count(persons.person_id) as people,
        sum(persons.parts)::bigint as parts,
        count(persons.person_id) filter (where persons.parts > 0) as people_with,
        count(persons.person_id) filter (where persons.parts < persons.reservations) as people_without,
        sum(persons.fee_total) as fee_total
    from persons
    group by
        persons.breakdown,
        persons.account,
        persons.period,
        persons.hospital_code,
        persons.code,
        persons.age_band,
        persons.is_apart
),

-- What tells of few by itself.
judged as (
    select
        counted.breakdown,
        counted.account,
        counted.period,
        counted.hospital_code,
        counted.hospital_name,
        counted.code,
        counted.label,
        counted.age_band,
        counted.is_apart,
        counted.reservations,
        counted.people,
        counted.parts,
        counted.people_with,
        counted.people_without,
        counted.fee_total,
        privacy.min_cell,
        counted.people < privacy.min_cell as is_of_few,
        counted.people < privacy.min_cell
        or counted.parts > 0
        and counted.people_with < privacy.min_cell
        or counted.breakdown = 'arrival'
        and counted.parts < counted.reservations
        and counted.people_without < privacy.min_cell
            as has_part_of_few
    from counted
    cross join mart.privacy as privacy
),

-- With it, the smallest beside it.
hiding as (
    select
        judged.breakdown,
        judged.account,
        judged.period,
        judged.hospital_code,
        judged.hospital_name,
        judged.code,
        judged.label,
        judged.age_band,
        judged.is_apart,
        judged.reservations,
        judged.people,
        judged.parts,
        judged.people_with,
        judged.people_without,
        judged.fee_total,
        judged.min_cell,
        judged.is_of_few
        or bool_or(judged.is_of_few) over beside
        and judged.people = min(judged.people) filter (where not judged.is_of_few) over beside
            as is_suppressed,
        judged.has_part_of_few
        or bool_or(judged.has_part_of_few) over beside
        and judged.people = min(judged.people) filter (where not judged.has_part_of_few) over beside
            as is_part_suppressed
    from judged
    window beside as (partition by judged.breakdown, judged.account, judged.period, judged.hospital_code)
),

-- Parts that are of few even together.
hidden as (
    select
        hiding.breakdown,
        hiding.account,
        hiding.period,
        hiding.hospital_code,
        hiding.hospital_name,
        hiding.code,
        hiding.label,
        hiding.age_band,
        hiding.is_apart,
        hiding.reservations,
        hiding.people,
        hiding.parts,
        hiding.fee_total,
        hiding.is_suppressed,
        hiding.is_part_suppressed
        or bool_or(hiding.is_part_suppressed and hiding.parts > 0) over beside
        and max(hiding.people_with) filter (where hiding.is_part_suppressed) over beside < hiding.min_cell
        or hiding.breakdown = 'arrival'
        and bool_or(hiding.is_part_suppressed and hiding.parts < hiding.reservations) over beside
        and max(hiding.people_without) filter (where hiding.is_part_suppressed) over beside < hiding.min_cell
            as is_part_suppressed
    from hiding
    window beside as (partition by hiding.breakdown, hiding.account, hiding.period, hiding.hospital_code)
)

select
    hidden.breakdown,
    hidden.account,
    hidden.period,
    hidden.hospital_code,
    hidden.hospital_name,
    hidden.code,
    hidden.label,
    hidden.age_band,
    hidden.is_apart,
    case when not hidden.is_suppressed then hidden.reservations end as reservations,
    case when not hidden.is_suppressed then hidden.people end as people,
    case when not hidden.is_part_suppressed then hidden.parts end as parts,
    case when not hidden.is_part_suppressed then hidden.fee_total end as fee_total,
    hidden.is_suppressed,
    hidden.is_part_suppressed
from hidden;

-- The views are barriers: no function of a reader's own is called before they have hidden what they hide.

-- Reservations and people that were not cancelled, and their fees, by month of the check date.
create view dashboard.volumes_by_month with (security_barrier) as
select
    cells.account,
    cells.period as check_month,
    cells.hospital_code,
    cells.hospital_name,
    cells.reservations,
    cells.people,
    cells.fee_total,
    cells.is_suppressed,
    cells.is_part_suppressed as is_fee_suppressed
from warehouse.dashboard_cells as cells
where cells.breakdown = 'hospital';

-- The same by package.
create view dashboard.packages_by_month with (security_barrier) as
select
    cells.account,
    cells.period as check_month,
    cells.hospital_code,
    cells.hospital_name,
    cells.code as hospital_package_id,
    cells.label as hospital_package_name,
    cells.reservations,
    cells.people,
    cells.fee_total,
    cells.is_suppressed,
    cells.is_part_suppressed as is_fee_suppressed
from warehouse.dashboard_cells as cells
where cells.breakdown = 'package';

-- The same by channel.
create view dashboard.channels_by_month with (security_barrier) as
select
    cells.account,
    cells.period as check_month,
    cells.hospital_code,
    cells.hospital_name,
    cells.code as data_sources,
    names.label_zh as data_sources_zh,
    names.label_en as data_sources_en,
    cells.reservations,
    cells.people,
    cells.fee_total,
    cells.is_suppressed,
    cells.is_part_suppressed as is_fee_suppressed
from warehouse.dashboard_cells as cells
left join mart.code_labels as names
    on names.account = cells.account and names.column_name = 'data_sources' and names.code = cells.code
where cells.breakdown = 'channel';

-- Age bands and sexes.
create view dashboard.demographics with (security_barrier) as
select
    cells.account,
    cells.period as check_month,
    cells.hospital_code,
    cells.hospital_name,
    cells.age_band,
    cells.code as sex_code,
    names.label_zh as sex_zh,
    names.label_en as sex_en,
    cells.reservations,
    cells.people,
    cells.is_suppressed
from warehouse.dashboard_cells as cells
left join mart.code_labels as names
    on names.account = cells.account and names.column_name = 'sex_code' and names.code = cells.code
where cells.breakdown = 'age and sex';

-- Who came, of months that are over; days on which nobody told who came are apart, since nothing is known of them.
create view dashboard.arrival_rates_by_month with (security_barrier) as
select
    cells.account,
    cells.period as check_month,
    cells.hospital_code,
    cells.hospital_name,
    cells.is_apart as arrivals_reported,
    cells.reservations as booked,
    cells.people,
    case when cells.is_apart then cells.parts end as arrived,
    case when cells.is_apart then cells.reservations - cells.parts end as no_shows,
    case when cells.is_apart then round(cells.parts::numeric / cells.reservations, 4) end as arrival_rate,
    cells.is_suppressed,
    cells.is_part_suppressed as is_arrival_suppressed
from warehouse.dashboard_cells as cells
where cells.breakdown = 'arrival';

-- Reservations by the week in which they were first received, cancelled ones included; what came with an account's first load is
-- apart.
create view dashboard.bookings_by_week with (security_barrier) as
select
    cells.account,
    cells.period as booked_week,
    cells.hospital_code,
    cells.hospital_name,
    cells.is_apart as is_backlog,
    cells.reservations,
    cells.people,
    cells.is_suppressed
from warehouse.dashboard_cells as cells
where cells.breakdown = 'booking';

-- Cancellations by the month in which they came.
create view dashboard.cancellations_by_month with (security_barrier) as
select
    cells.account,
    cells.period as cancelled_month,
    cells.hospital_code,
    cells.hospital_name,
    cells.reservations as cancellations,
    cells.people,
    cells.fee_total,
    cells.is_suppressed,
    cells.is_part_suppressed as is_fee_suppressed
from warehouse.dashboard_cells as cells
where cells.breakdown = 'cancellation';

-- So that a page can say from how many people on a figure is shown.
create view dashboard.privacy with (security_barrier) as
select privacy.min_cell
from mart.privacy as privacy;

revoke all on warehouse.dashboard_cells from public;
revoke all on schema dashboard from public;
revoke all on all tables in schema dashboard from public;
