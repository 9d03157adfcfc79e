-- Purpose: two processes that start together migrate one after the other.
select pg_advisory_lock($1)
