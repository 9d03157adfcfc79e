-- Purpose: the statements that make a login ($1) and a member of a group of readers ($2) of it, as far as it is neither. It gets
-- no password. Idempotent.
select format('create role %I login', $1::text) as statement
where not exists (select from pg_roles where pg_roles.rolname = $1::text)
union all
select format('grant %I to %I', $2::text, $1::text)
