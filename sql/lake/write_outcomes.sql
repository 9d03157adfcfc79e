-- Purpose: keep what the planner said, so that it is asked once, and what is built and what is checked come from the same.
insert overwrite directory '${built}/outcomes' using parquet
select * from outcomes
