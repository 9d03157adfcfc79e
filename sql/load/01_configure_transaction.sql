-- Purpose: keep every plan of this transaction on the indexes.
-- A load looks keys up by the thousand in a table whose statistics it outdates itself: without this, a plan made
-- while the table was small would scan the whole of it, once per chunk, for the rest of the load.
-- Durability is not negotiable: the platform is told "received" on the strength of this COMMIT.
set local enable_seqscan = off;
set local enable_hashjoin = off;
set local enable_mergejoin = off;
set local jit = off;
set local synchronous_commit = on;
