-- Purpose: a page that many people see reads aggregates whose small groups are hidden, later ones included, and nothing that
-- has a row for one reservation. The age bands' function is called in its own name, by a view. Idempotent.
grant usage on schema dashboard to tijian_dashboard;
grant select on all tables in schema dashboard to tijian_dashboard;
grant execute on function mart.age_band(integer) to tijian_dashboard;
alter default privileges in schema dashboard grant select on tables to tijian_dashboard;
