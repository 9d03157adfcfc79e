-- How many bookings came in per week and channel, and how many of them with the first load?
-- 每周每个渠道收到多少预约？其中多少是首次入库的存量？
select
    date_trunc('week', bookings.booked_date)::date as week,
    bookings.data_sources as channel,
    sum(bookings.reservations) filter (where not bookings.is_backlog) as bookings,
    sum(bookings.reservations) filter (where bookings.is_backlog) as backlog
from mart.bookings_by_day as bookings
where bookings.booked_date between date '2026-01-05' and date '2026-03-29'
group by week, bookings.data_sources
order by week, channel;
