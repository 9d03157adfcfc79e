-- Purpose: wait for whoever seals records of before they were sealed, until the end of the transaction.
select pg_advisory_xact_lock($1)
