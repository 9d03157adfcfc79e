-- Purpose: the volumes, as they were written.
create or replace temporary view daily_volumes using parquet options (path '${built}/daily_volumes')
