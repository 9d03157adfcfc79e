-- Purpose: keep every plan of this transaction on the indexes.
-- A load looks keys up by the thousand in a table whose statistics it outdates itself. A plan made while the table was
-- small would read all of it, once per chunk, for the rest of the load; so each execution is planned for its values, and
-- whole tables and the joins that read them are out. Where statistics are missing, the planner also takes an account for
-- one row among few, and would compare every row of it with every key; so the statements of such a transaction look each
-- key up by itself, in a lateral subquery that cannot be turned round (limit, offset 0).
-- (The plans for their values, and that its COMMIT is durable, the session has set: configure_session.sql.) Idempotent.
set local enable_seqscan = off;
set local enable_hashjoin = off;
set local enable_mergejoin = off;
