-- Purpose: that an answer comes. Asks for nothing. Idempotent.
select
