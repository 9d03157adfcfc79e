-- Purpose: the statements that give our schemas, tables, views, functions and columns the comments of sql/comments.toml ($1);
-- what it does not name gets none. The migrations' own table gets $2, the digest of the others. Reads only.
select format('comment on table etl.schema_migrations is %L', $2::text) as statement
union all
select format('comment on schema %I is %L', spaces.nspname, $1::jsonb -> 'schemas' ->> spaces.nspname)
from pg_namespace as spaces
where $1::jsonb -> 'schemas' ? spaces.nspname
union all
select
    format(
        'comment on %s %I.%I is %L',
        case relations.relkind when 'v' then 'view' else 'table' end,
        spaces.nspname,
        relations.relname,
        $1::jsonb -> 'tables' ->> format('%s.%s', spaces.nspname, relations.relname)
    )
from pg_class as relations
inner join pg_namespace as spaces on spaces.oid = relations.relnamespace
where $1::jsonb -> 'schemas' ? spaces.nspname
    and relations.relkind in ('r', 'v')
    and relations.relname <> 'schema_migrations'
union all
select
    format(
        'comment on function %s is %L',
        routines.oid::regprocedure,
        $1::jsonb -> 'functions' ->> format('%s.%s', spaces.nspname, routines.proname)
    )
from pg_proc as routines
inner join pg_namespace as spaces on spaces.oid = routines.pronamespace
where $1::jsonb -> 'schemas' ? spaces.nspname
union all
select
    format(
        'comment on column %I.%I.%I is %L',
        spaces.nspname,
        relations.relname,
        columns.attname,
        coalesce(
            $1::jsonb -> 'columns' ->> format('%s.%s.%s', spaces.nspname, relations.relname, columns.attname),
            $1::jsonb -> 'columns' ->> columns.attname
        )
    )
from pg_attribute as columns
inner join pg_class as relations on relations.oid = columns.attrelid
inner join pg_namespace as spaces on spaces.oid = relations.relnamespace
where $1::jsonb -> 'schemas' ? spaces.nspname
    and relations.relkind in ('r', 'v')
    and relations.relname <> 'schema_migrations'
    and columns.attnum > 0
    and not columns.attisdropped
