-- Purpose: what the planner said, as it was kept.
create or replace temporary view kept_outcomes using parquet options (path '${built}/outcomes')
