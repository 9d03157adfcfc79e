-- Purpose: what a login ($1) is beside a member of one group of readers ($2), and whether it has a password that the port takes.
-- For the superuser of the private server. Reads only.
select
    logins.rolcanlogin as may_log_in,
    logins.rolsuper
    or logins.rolcreaterole
    or logins.rolcreatedb
    or logins.rolreplication
    or logins.rolbypassrls as may_more,
    exists (
        select
        from pg_auth_members as memberships
        inner join pg_roles as groups on groups.oid = memberships.roleid
        where memberships.member = logins.oid
            and groups.rolname <> $2::text
    ) as is_in_others,
    exists (
        select
        from pg_shdepend as owned
        where owned.refclassid = 'pg_authid'::regclass
            and owned.refobjid = logins.oid
            and owned.deptype = 'o'
    ) as owns_something,
    coalesce(logins.rolpassword like 'SCRAM-SHA-256$%', false) as has_password
from pg_authid as logins
where logins.rolname = $1::text
