-- Purpose: the database's clock. Reads only.
select clock_timestamp() as database_at
