-- Purpose: the statements that make a login ($1) and a member of a group of readers ($2) of it, as far as it is neither, and that
-- leave to nobody what PostgreSQL leaves to everybody: tables of their own and large objects, by which a reader would write. It
-- gets no password. Idempotent.
select format('create role %I login', $1::text) as statement
where not exists (select from pg_roles where pg_roles.rolname = $1::text)
union all
select format('grant %I to %I', $2::text, $1::text)
union all
select format('revoke temporary on database %I from public', current_database())
union all
select 'revoke create on schema public from public'
union all
select 'revoke execute on function lo_create(oid), lo_creat(integer), lo_from_bytea(oid, bytea) from public'
