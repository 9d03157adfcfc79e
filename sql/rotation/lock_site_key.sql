-- Purpose: keep every run away, for as long as this connection lives; false where one is under way.
select pg_try_advisory_lock($1) as is_locked
