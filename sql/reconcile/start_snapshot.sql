-- Purpose: everything that follows is of one moment, and changes nothing. Idempotent.
start transaction isolation level repeatable read, read only
