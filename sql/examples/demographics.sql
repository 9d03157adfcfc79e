-- Who comes, by age and sex? Cells of too few people are empty (mart.privacy).
-- 来体检的人年龄、性别构成如何？人数过少的不显示（见 mart.privacy）。
select
    cells.hospital_code,
    cells.age_band,
    cells.sex_zh,
    cells.people,
    cells.reservations,
    cells.is_suppressed
from mart.demographics as cells
where cells.check_month = date '2026-02-01'
order by cells.hospital_code, cells.age_band, cells.sex_code;
