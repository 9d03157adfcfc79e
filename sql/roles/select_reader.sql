-- Purpose: what a login ($1) is beside a member of one group of readers ($2), and whether it has a password that the port takes.
-- Whatever it may become or was given, directly or through others, is more than a reader. For the superuser of the private
-- server. Reads only.
with recursive
-- The login, its groups, their groups, and so on.
reach as (
    select logins.oid
    from pg_authid as logins
    where logins.rolname = $1::text
    union
    select memberships.roleid
    from reach
    inner join pg_auth_members as memberships on memberships.member = reach.oid
)

select
    logins.rolcanlogin as may_log_in,
    exists (
        select
        from reach
        inner join pg_authid as roles on roles.oid = reach.oid
        where roles.rolsuper
            or roles.rolcreaterole
            or roles.rolcreatedb
            or roles.rolreplication
            or roles.rolbypassrls
            or roles.oid <> logins.oid
            and roles.rolname <> $2::text
    )
    -- What the login, or anybody it may become, owns; and what was granted to the login itself.
    or exists (
        select
        from reach
        inner join pg_shdepend as things on things.refobjid = reach.oid
        where things.refclassid = 'pg_authid'::regclass
            and (things.deptype = 'o' or reach.oid = logins.oid)
    )
    -- What it may write, whoever has given that.
    or exists (
        select
        from pg_class as relations
        inner join pg_namespace as schemas on schemas.oid = relations.relnamespace
        where relations.relkind in ('r', 'p', 'v', 'f')
            and schemas.nspname !~ '^(pg_|information_schema$)'
            and (
                has_table_privilege(logins.oid, relations.oid, 'delete, truncate, trigger')
                or has_any_column_privilege(logins.oid, relations.oid, 'insert, update')
            )
    ) as may_more,
    coalesce(logins.rolpassword like 'SCRAM-SHA-256$%', false) as has_password
from pg_authid as logins
where logins.rolname = $1::text
