-- Purpose: how much differs, for the plans of what reads it: a swap does so several times, and it may hold a whole history.
analyze pg_temp.differing_versions
