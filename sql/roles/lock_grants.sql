-- Purpose: two that write the rights of one table at once would trip over each other: the second one waits here, until the
-- transaction of the first has ended. Idempotent.
select pg_advisory_xact_lock(hashtextextended('tijian grants', 0))
