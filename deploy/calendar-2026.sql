-- Holidays and make-up workdays of 2026, from the State Council's notice of 4 November 2025
-- (国务院办公厅关于2026年部分节假日安排的通知). Run by the owner of the schema, once or again:
--
--   tijian db psql -- -f calendar-2026.sql
--
-- The notice of another year: the same, with its days. 换一年：照此填写当年通知中的日期。
insert into mart.calendar (day, is_holiday, is_makeup_workday, holiday)
select first_day + number, is_holiday, not is_holiday, holiday
from (
    values
        (date '2026-01-01', 3, true, '元旦'),
        (date '2026-01-04', 1, false, '元旦'),
        (date '2026-02-14', 1, false, '春节'),
        (date '2026-02-15', 9, true, '春节'),
        (date '2026-02-28', 1, false, '春节'),
        (date '2026-04-04', 3, true, '清明节'),
        (date '2026-05-01', 5, true, '劳动节'),
        (date '2026-05-09', 1, false, '劳动节'),
        (date '2026-06-19', 3, true, '端午节'),
        (date '2026-09-20', 1, false, '国庆节'),
        (date '2026-09-25', 3, true, '中秋节'),
        (date '2026-10-01', 7, true, '国庆节'),
        (date '2026-10-10', 1, false, '国庆节')
) as notice (first_day, days, is_holiday, holiday)
cross join lateral generate_series(0, days - 1) as number
on conflict (day) do update
set
    is_holiday = excluded.is_holiday,
    is_makeup_workday = excluded.is_makeup_workday,
    holiday = excluded.holiday;
