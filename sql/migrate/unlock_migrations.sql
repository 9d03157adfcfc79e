-- Purpose: lets the next one migrate.
select pg_advisory_unlock($1)
