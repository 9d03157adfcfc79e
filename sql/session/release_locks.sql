-- Purpose: give back every lock of this session. Idempotent.
select pg_advisory_unlock_all()
