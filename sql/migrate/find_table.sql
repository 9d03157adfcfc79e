-- Purpose: whether a table ($1, with its schema) is there. Not to_regclass: that fails for a login without a right in the schema,
-- before anything can be said about it. Reads only.
select exists (select from pg_tables where schemaname || '.' || tablename = $1) as is_there
