-- Purpose: analysts read the marts, later ones included. Its views are made with their owner's rights, so the tables behind
-- them stay closed. Idempotent.
grant usage on schema mart to tijian_analyst;
grant select on all tables in schema mart to tijian_analyst;
grant execute on all routines in schema mart to tijian_analyst;
alter default privileges in schema mart grant select on tables to tijian_analyst;
