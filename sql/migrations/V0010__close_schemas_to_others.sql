-- What PostgreSQL gives everybody without being asked is taken back. sql/roles/ says who may see what;
-- `tijian migrate` carries that out after every migration: a group belongs to the whole server, and may come to it later.

revoke all on schema etl, warehouse, mart, finance from public;
revoke all on all tables in schema etl, warehouse, mart, finance from public;
revoke all on all sequences in schema etl, warehouse, mart, finance from public;
revoke all on all routines in schema etl, warehouse, mart, finance from public;

-- Everybody may execute a new function unless its owner's defaults say otherwise; no schema can say it for itself.
alter default privileges revoke execute on routines from public;
