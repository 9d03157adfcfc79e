-- Purpose: the finance office reads its schema, later tables included, and nothing behind its views. Idempotent.
grant usage on schema finance to tijian_finance;
grant select on all tables in schema finance to tijian_finance;
alter default privileges in schema finance grant select on tables to tijian_finance;
