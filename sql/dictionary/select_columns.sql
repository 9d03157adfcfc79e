-- Purpose: every table and view of our schemas, column by column, with types and comments: those that people ask first. The
-- shadow of a replay has the history's columns, and is left out. Reads only.
select
    schemas.nspname::text as schema_name,
    relations.relname::text as relation,
    relations.relkind = 'v' as is_view,
    coalesce(obj_description(relations.oid, 'pg_class'), '') as relation_comment,
    attributes.attname::text as column_name,
    format_type(attributes.atttypid, attributes.atttypmod) as column_type,
    coalesce(col_description(relations.oid, attributes.attnum), '') as comment
from pg_catalog.pg_namespace as schemas
inner join pg_catalog.pg_class as relations on relations.relnamespace = schemas.oid
inner join pg_catalog.pg_attribute as attributes on attributes.attrelid = relations.oid
where schemas.nspname in ('mart', 'dashboard', 'finance', 'warehouse', 'etl')
    and relations.relkind in ('r', 'p', 'v')
    and attributes.attnum > 0
    and not attributes.attisdropped
order by
    array_position(array['mart', 'dashboard', 'finance', 'warehouse', 'etl'], schemas.nspname::text),
    relations.relname,
    attributes.attnum
