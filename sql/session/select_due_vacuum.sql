-- Purpose: the statement that does what autovacuum would, by its own thresholds, for the tables that are over them; no row where
-- none is. What another command works on is left to the next run. Reads only.
select 'vacuum (analyze, skip_locked) ' || string_agg(format('%I.%I', stats.schemaname, stats.relname), ', ') as statement
from pg_stat_user_tables as stats
inner join pg_class as class on class.oid = stats.relid
where stats.n_dead_tup
    > current_setting('autovacuum_vacuum_threshold')::integer
    + current_setting('autovacuum_vacuum_scale_factor')::double precision * greatest(class.reltuples, 0)
    or stats.n_mod_since_analyze
    > current_setting('autovacuum_analyze_threshold')::integer
    + current_setting('autovacuum_analyze_scale_factor')::double precision * greatest(class.reltuples, 0)
having count(*) > 0
