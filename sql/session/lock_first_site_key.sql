-- Purpose: accounts whose first runs begin at once wait here for each other, until the transaction ends. Idempotent.
select pg_advisory_xact_lock(hashtextextended('tijian site key', 0))
