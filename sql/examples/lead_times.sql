-- How many days before the check date are reservations first received: half of them, and nine in ten?
-- 预约在体检前多少天首次收到？中位数和九成分位数是多少？
select
    pace.data_sources as channel,
    sum(pace.reservations) filter (where not pace.is_backlog) as reservations,
    min(pace.lead_days) filter (where pace.reached >= 0.5 * pace.all_reservations and pace.all_reservations > 0) as median_days,
    min(pace.lead_days) filter (where pace.reached >= 0.9 * pace.all_reservations and pace.all_reservations > 0) as ninth_decile_days,
    coalesce(sum(pace.reservations) filter (where pace.is_backlog), 0) as backlog_left_out
from (
    -- Added up from the shortest lead time on; the backlog by itself.
    select
        counted.data_sources,
        counted.is_backlog,
        counted.lead_days,
        counted.reservations,
        sum(counted.reservations) over (
            partition by counted.data_sources, counted.is_backlog
            order by counted.lead_days
        ) as reached,
        sum(counted.reservations) over (partition by counted.data_sources, counted.is_backlog) as all_reservations
    from (
        select
            days.data_sources,
            days.is_backlog,
            days.lead_days,
            sum(days.reservations - days.cancelled) as reservations
        from mart.booking_pace as days
        where days.check_date between date '2026-02-01' and date '2026-02-28'
        group by days.data_sources, days.is_backlog, days.lead_days
    ) as counted
) as pace
group by pace.data_sources
order by channel;
