-- Purpose: give back every lock that this connection holds. Idempotent.
select pg_advisory_unlock_all()
