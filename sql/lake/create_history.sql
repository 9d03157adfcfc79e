-- Purpose: the history, as it was written.
create or replace temporary view history using parquet options (path '${built}/history')
