-- Purpose: the statements that give our schemas, tables, views, functions and columns the comments of sql/comments.toml ($1). What
-- it does not name, and what belongs to somebody else, stays as it is. The migrations' own table gets $2, the digest of the
-- others. Reads only.
with
-- What may be described, and by which words.
described as (
    select
        spaces.nspowner as owner,
        format('schema %I', spaces.nspname) as what,
        $1::jsonb -> 'schemas' ->> spaces.nspname as words
    from pg_namespace as spaces
    union all
    select
        relations.relowner,
        format(
            '%s %I.%I',
            case relations.relkind when 'v' then 'view' else 'table' end,
            spaces.nspname,
            relations.relname
        ),
        $1::jsonb -> 'tables' ->> format('%s.%s', spaces.nspname, relations.relname)
    from pg_class as relations
    inner join pg_namespace as spaces on spaces.oid = relations.relnamespace
    where relations.relkind in ('r', 'v')
    union all
    select
        routines.proowner,
        format('function %s', routines.oid::regprocedure),
        $1::jsonb -> 'functions' ->> format('%s.%s', spaces.nspname, routines.proname)
    from pg_proc as routines
    inner join pg_namespace as spaces on spaces.oid = routines.pronamespace
    where $1::jsonb -> 'schemas' ? spaces.nspname
    union all
    select
        relations.relowner,
        format('column %I.%I.%I', spaces.nspname, relations.relname, columns.attname),
        coalesce(
            $1::jsonb -> 'columns' ->> format('%s.%s.%s', spaces.nspname, relations.relname, columns.attname),
            $1::jsonb -> 'columns' ->> columns.attname
        )
    from pg_attribute as columns
    inner join pg_class as relations on relations.oid = columns.attrelid
    inner join pg_namespace as spaces on spaces.oid = relations.relnamespace
    where $1::jsonb -> 'tables' ? format('%s.%s', spaces.nspname, relations.relname)
        and relations.relkind in ('r', 'v')
        and columns.attnum > 0
        and not columns.attisdropped
)

select format('comment on table etl.schema_migrations is %L', $2::text) as statement
union all
select format('comment on %s is %L', described.what, described.words)
from described
where described.words is not null
    and pg_has_role(current_user, described.owner, 'usage')
