-- Purpose: the band of each age, from 0 on. Reads only.
select mart.age_band(age.years) as age_band
from generate_series(0, 150) as age (years)
order by age.years
