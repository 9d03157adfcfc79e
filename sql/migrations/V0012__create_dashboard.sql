-- What many people may look at: weeks and months, never a day or one reservation, and no figure of few people. Views over the
-- marts, for a group that reads nothing else.
--
-- A cell with fewer people than mart.privacy says is hidden. Its sum could still be told from a total that is shown elsewhere,
-- so where a cell is hidden, the smallest of the others beside it is hidden with it. Rows stay, so that nobody takes what is
-- hidden for nothing. Whoever cannot be told apart (no document number) counts as nobody. The views are barriers: no function of
-- a reader's own is called before they have hidden what they hide.

create schema dashboard;

-- Reservations and people that were not cancelled, by week of the check date. Without fees: a month's less those of its other
-- weeks would be those of a week that is hidden.
create view dashboard.volumes_by_week with (security_barrier) as
select
    cells.account,
    cells.check_week,
    cells.hospital_code,
    cells.hospital_name,
    case when not cells.is_suppressed then cells.reservations end as reservations,
    case when not cells.is_suppressed then cells.people end as people,
    cells.is_suppressed
from (
    select
        counted.account,
        counted.check_week,
        counted.hospital_code,
        counted.hospital_name,
        counted.reservations,
        counted.people,
        counted.people < privacy.min_cell
        or bool_or(counted.people < privacy.min_cell) over beside
        and counted.people = min(counted.people) filter (where counted.people >= privacy.min_cell) over beside
            as is_suppressed
    from (
        select
            current.account,
            date_trunc('week', current.check_date::timestamp)::date as check_week,
            current.hospital_code,
            max(current.hospital_name) as hospital_name,
            count(*) as reservations,
            count(distinct current.person_id) as people
        from mart.reservations_current as current
        where not current.is_cancelled
        group by current.account, check_week, current.hospital_code
    ) as counted
    cross join mart.privacy as privacy
    window beside as (partition by counted.account, counted.check_week)
) as cells;

-- Reservations, people and fees by month and package.
create view dashboard.volumes_by_month with (security_barrier) as
select
    cells.account,
    cells.check_month,
    cells.hospital_code,
    cells.hospital_name,
    cells.hospital_package_id,
    cells.hospital_package_name,
    case when not cells.is_suppressed then cells.reservations end as reservations,
    case when not cells.is_suppressed then cells.people end as people,
    case when not cells.is_suppressed then cells.fee_total end as fee_total,
    cells.is_suppressed
from (
    -- Totals of a hospital and of a month stand in other views.
    select
        counted.account,
        counted.check_month,
        counted.hospital_code,
        counted.hospital_name,
        counted.hospital_package_id,
        counted.hospital_package_name,
        counted.reservations,
        counted.people,
        counted.fee_total,
        counted.people < privacy.min_cell
        or bool_or(counted.people < privacy.min_cell) over in_hospital
        and counted.people = min(counted.people) filter (where counted.people >= privacy.min_cell) over in_hospital
        or bool_or(counted.people < privacy.min_cell) over in_month
        and counted.people = min(counted.people) filter (where counted.people >= privacy.min_cell) over in_month
            as is_suppressed
    from (
        select
            current.account,
            date_trunc('month', current.check_date::timestamp)::date as check_month,
            current.hospital_code,
            max(current.hospital_name) as hospital_name,
            current.hospital_package_id,
            max(current.hospital_package_name) as hospital_package_name,
            count(*) as reservations,
            count(distinct current.person_id) as people,
            sum(current.examination_fee) as fee_total
        from mart.reservations_current as current
        where not current.is_cancelled
        group by current.account, check_month, current.hospital_code, current.hospital_package_id
    ) as counted
    cross join mart.privacy as privacy
    window
        in_hospital as (partition by counted.account, counted.check_month, counted.hospital_code),
        in_month as (partition by counted.account, counted.check_month)
) as cells;

-- The same by month and channel.
create view dashboard.channels_by_month with (security_barrier) as
select
    cells.account,
    cells.check_month,
    cells.data_sources,
    cells.data_sources_zh,
    cells.data_sources_en,
    case when not cells.is_suppressed then cells.reservations end as reservations,
    case when not cells.is_suppressed then cells.people end as people,
    case when not cells.is_suppressed then cells.fee_total end as fee_total,
    cells.is_suppressed
from (
    select
        counted.account,
        counted.check_month,
        counted.data_sources,
        counted.data_sources_zh,
        counted.data_sources_en,
        counted.reservations,
        counted.people,
        counted.fee_total,
        counted.people < privacy.min_cell
        or bool_or(counted.people < privacy.min_cell) over beside
        and counted.people = min(counted.people) filter (where counted.people >= privacy.min_cell) over beside
            as is_suppressed
    from (
        select
            current.account,
            date_trunc('month', current.check_date::timestamp)::date as check_month,
            current.data_sources,
            max(current.data_sources_zh) as data_sources_zh,
            max(current.data_sources_en) as data_sources_en,
            count(*) as reservations,
            count(distinct current.person_id) as people,
            sum(current.examination_fee) as fee_total
        from mart.reservations_current as current
        where not current.is_cancelled
        group by current.account, check_month, current.data_sources
    ) as counted
    cross join mart.privacy as privacy
    window beside as (partition by counted.account, counted.check_month)
) as cells;

-- Days that are over, by week; those on which nobody told who came are apart, since nothing is known of them.
create view dashboard.arrival_rates_by_week with (security_barrier) as
select
    cells.account,
    cells.check_week,
    cells.hospital_code,
    cells.hospital_name,
    cells.arrivals_reported,
    case when not cells.is_suppressed then cells.booked end as booked,
    case when not cells.is_suppressed then cells.people end as people,
    case when not cells.is_suppressed and cells.arrivals_reported then cells.arrived end as arrived,
    case when not cells.is_suppressed and cells.arrivals_reported then cells.booked - cells.arrived end as no_shows,
    case
        when not cells.is_suppressed and cells.arrivals_reported then round(cells.arrived::numeric / cells.booked, 4)
    end as arrival_rate,
    cells.is_suppressed
from (
    select
        counted.account,
        counted.check_week,
        counted.hospital_code,
        counted.hospital_name,
        counted.arrivals_reported,
        counted.booked,
        counted.people,
        counted.arrived,
        counted.people < privacy.min_cell
        or bool_or(counted.people < privacy.min_cell) over beside
        and counted.people = min(counted.people) filter (where counted.people >= privacy.min_cell) over beside
            as is_suppressed
    from (
        select
            days.account,
            date_trunc('week', days.check_date::timestamp)::date as check_week,
            days.hospital_code,
            max(days.hospital_name) as hospital_name,
            days.arrivals_reported,
            count(*) as booked,
            count(distinct days.person_id) as people,
            count(days.arrived_at) as arrived
        from (
            -- An arrival of a cancelled reservation tells, too, that somebody reports.
            select
                current.account,
                current.check_date,
                current.hospital_code,
                current.hospital_name,
                current.person_id,
                current.is_cancelled,
                current.arrived_at,
                bool_or(current.arrived_at is not null) over (
                    partition by current.account, current.hospital_code, current.check_date
                ) as arrivals_reported
            from mart.reservations_current as current
            where current.check_date < (now() at time zone 'Asia/Shanghai')::date
        ) as days
        where not days.is_cancelled
        group by days.account, check_week, days.hospital_code, days.arrivals_reported
    ) as counted
    cross join mart.privacy as privacy
    window beside as (partition by counted.account, counted.check_week)
) as cells;

-- Reservations by the week in which they were first received. What came with an account's first load is apart: when it was
-- booked, nobody knows.
create view dashboard.bookings_by_week with (security_barrier) as
select
    cells.account,
    cells.booked_week,
    cells.hospital_code,
    cells.hospital_name,
    cells.is_backlog,
    case when not cells.is_suppressed then cells.reservations end as reservations,
    case when not cells.is_suppressed then cells.people end as people,
    cells.is_suppressed
from (
    select
        counted.account,
        counted.booked_week,
        counted.hospital_code,
        counted.hospital_name,
        counted.is_backlog,
        counted.reservations,
        counted.people,
        counted.people < privacy.min_cell
        or bool_or(counted.people < privacy.min_cell) over beside
        and counted.people = min(counted.people) filter (where counted.people >= privacy.min_cell) over beside
            as is_suppressed
    from (
        select
            current.account,
            date_trunc('week', current.booked_date::timestamp)::date as booked_week,
            current.hospital_code,
            max(current.hospital_name) as hospital_name,
            current.is_backlog,
            count(*) as reservations,
            count(distinct current.person_id) as people
        from mart.reservations_current as current
        group by current.account, booked_week, current.hospital_code, current.is_backlog
    ) as counted
    cross join mart.privacy as privacy
    window beside as (partition by counted.account, counted.booked_week)
) as cells;

-- Cancellations by the month in which they came.
create view dashboard.cancellations_by_month with (security_barrier) as
select
    cells.account,
    cells.cancelled_month,
    cells.hospital_code,
    cells.hospital_name,
    case when not cells.is_suppressed then cells.cancellations end as cancellations,
    case when not cells.is_suppressed then cells.people end as people,
    case when not cells.is_suppressed then cells.fee_total end as fee_total,
    cells.is_suppressed
from (
    select
        counted.account,
        counted.cancelled_month,
        counted.hospital_code,
        counted.hospital_name,
        counted.cancellations,
        counted.people,
        counted.fee_total,
        counted.people < privacy.min_cell
        or bool_or(counted.people < privacy.min_cell) over beside
        and counted.people = min(counted.people) filter (where counted.people >= privacy.min_cell) over beside
            as is_suppressed
    from (
        select
            events.account,
            date_trunc('month', events.event_date::timestamp)::date as cancelled_month,
            events.hospital_code,
            max(events.hospital_name) as hospital_name,
            count(*) as cancellations,
            count(distinct events.person_id) as people,
            sum(coalesce(events.fee_before, events.fee_after)) as fee_total
        from mart.reservation_events as events
        where events.event = 'cancelled'
        group by events.account, cancelled_month, events.hospital_code
    ) as counted
    cross join mart.privacy as privacy
    window beside as (partition by counted.account, counted.cancelled_month)
) as cells;

-- Age bands and sexes. A total of a hospital or a month stands in other views.
create view dashboard.demographics with (security_barrier) as
select
    cells.account,
    cells.check_month,
    cells.hospital_code,
    cells.hospital_name,
    cells.age_band,
    cells.sex_code,
    cells.sex_zh,
    cells.sex_en,
    case when not cells.is_suppressed then cells.reservations end as reservations,
    case when not cells.is_suppressed then cells.people end as people,
    cells.is_suppressed
from (
    select
        counted.account,
        counted.check_month,
        counted.hospital_code,
        counted.hospital_name,
        counted.age_band,
        counted.sex_code,
        counted.sex_zh,
        counted.sex_en,
        counted.reservations,
        counted.people,
        counted.people < privacy.min_cell
        or bool_or(counted.people < privacy.min_cell) over in_hospital
        and counted.people = min(counted.people) filter (where counted.people >= privacy.min_cell) over in_hospital
        or bool_or(counted.people < privacy.min_cell) over in_month
        and counted.people = min(counted.people) filter (where counted.people >= privacy.min_cell) over in_month
            as is_suppressed
    from (
        select
            current.account,
            date_trunc('month', current.check_date::timestamp)::date as check_month,
            current.hospital_code,
            max(current.hospital_name) as hospital_name,
            current.age_band,
            current.sex_code,
            max(current.sex_zh) as sex_zh,
            max(current.sex_en) as sex_en,
            count(*) as reservations,
            count(distinct current.person_id) as people
        from mart.reservations_current as current
        where not current.is_cancelled
        group by current.account, check_month, current.hospital_code, current.age_band, current.sex_code
    ) as counted
    cross join mart.privacy as privacy
    window
        in_hospital as (partition by counted.account, counted.check_month, counted.hospital_code),
        in_month as (partition by counted.account, counted.check_month)
) as cells;

-- So that a page can say from how many people on a figure is shown.
create view dashboard.privacy with (security_barrier) as
select privacy.min_cell
from mart.privacy as privacy;

revoke all on schema dashboard from public;
revoke all on all tables in schema dashboard from public;
