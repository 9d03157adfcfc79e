-- Purpose: who is logged in, and whether that login may change the schema: it owns the ledger's schema, or is a member of
-- the role that does; where there is none yet, it may make one. Reads only.
select
    current_user::text as login,
    coalesce(
        (
            select pg_has_role(current_user, ledger.nspowner, 'usage')
            from pg_namespace as ledger
            where ledger.nspname = 'etl'
        ),
        has_database_privilege(current_database(), 'create')
    ) as may_change_schema
