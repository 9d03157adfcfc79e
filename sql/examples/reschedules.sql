-- How often did dates move, how far, and with what?
-- 日期改动了多少次？移动多少天？随哪种变更发生？
select
    moves.event,
    max(moves.event_zh) as event_zh,
    case when moves.days_moved < 0 then 'earlier' when moves.days_moved > 0 then 'later' else 'same day' end as direction,
    sum(moves.reschedules) as moves,
    round(sum(moves.days_moved * moves.reschedules) / sum(moves.reschedules), 1) as average_days
from mart.reschedules as moves
where moves.rescheduled_date between date '2026-01-01' and date '2026-01-31'
group by moves.event, direction
order by moves.event, direction;
