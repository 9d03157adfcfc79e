-- Purpose: the rights that the group of the nights has in this database, how many of them there are, and which of them
-- this login has not. What that group may do is said in one place, the statement that grants it. Reads only.
with
-- The group's rights, from the catalog: on schemas, on tables and views, on single columns.
granted as (
    select
        'schema ' || schemas.nspname as name,
        held.privilege_type as privilege,
        held.grantee,
        has_schema_privilege(schemas.oid, held.privilege_type) as is_held
    from pg_namespace as schemas
    cross join lateral aclexplode(schemas.nspacl) as held
    where schemas.nspname in ('etl', 'warehouse', 'mart', 'finance')
    union all
    select
        schemas.nspname || '.' || tables.relname,
        held.privilege_type,
        held.grantee,
        has_table_privilege(tables.oid, held.privilege_type)
    from pg_class as tables
    inner join pg_namespace as schemas on schemas.oid = tables.relnamespace
    cross join lateral aclexplode(tables.relacl) as held
    where schemas.nspname in ('etl', 'warehouse', 'mart', 'finance')
        and tables.relkind in ('r', 'p', 'v', 'm')
    union all
    select
        schemas.nspname || '.' || tables.relname || '.' || columns.attname,
        held.privilege_type,
        held.grantee,
        has_column_privilege(tables.oid, columns.attnum, held.privilege_type)
    from pg_attribute as columns
    inner join pg_class as tables on tables.oid = columns.attrelid
    inner join pg_namespace as schemas on schemas.oid = tables.relnamespace
    cross join lateral aclexplode(columns.attacl) as held
    where schemas.nspname in ('etl', 'warehouse', 'mart', 'finance')
        and not columns.attisdropped
)

select
    count(*) as granted,
    coalesce(
        array_agg(granted.name || ': ' || lower(granted.privilege) order by granted.name, granted.privilege)
            filter (where not granted.is_held),
        '{}'
    ) as missing
from granted
inner join pg_roles as loader on loader.oid = granted.grantee
where loader.rolname = 'tijian_loader'
