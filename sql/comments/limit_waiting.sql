-- Purpose: words do not wait long for a table that somebody works on.
set local lock_timeout = '5s'
