-- Which rules did the deliveries of each week break, and by how many records?
-- 每周的取数批次违反了哪些规则？各有多少条记录？
select
    date_trunc('week', quality.night)::date as week,
    quality.field,
    quality.rule,
    quality.is_rejecting,
    sum(quality.records) as records
from mart.load_quality_by_rule as quality
where quality.night between date '2026-01-05' and date '2026-03-29'
group by week, quality.field, quality.rule, quality.is_rejecting
order by week, quality.field, quality.rule, quality.is_rejecting;
