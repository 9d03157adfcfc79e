-- Purpose: the migrations that were applied, and which comments the schema has. Reads only.
select version::bigint, checksum, obj_description('etl.schema_migrations'::regclass, 'pg_class') as comments
from etl.schema_migrations
order by version
