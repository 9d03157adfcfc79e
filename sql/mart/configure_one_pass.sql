-- Purpose: for the one statement that reads the account's whole history and all of its arrivals, which sql/session/
-- configure_transaction.sql would keep on an index; and memory to sort some hundred thousand rows without a file. Idempotent.
set local enable_seqscan = on;
set local enable_hashjoin = on;
set local work_mem = '64MB';
