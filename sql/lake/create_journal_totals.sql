-- Purpose: the totals of the journal, as they were written.
create or replace temporary view journal_totals using parquet options (path '${built}/journal_totals')
