-- Purpose: what the database says of the columns of a table or view ($1, with its schema). Reads only.
select
    attributes.attname::text as column_name,
    coalesce(col_description(attributes.attrelid, attributes.attnum), '') as comment
from pg_catalog.pg_attribute as attributes
where attributes.attrelid = $1::text::regclass
    and attributes.attnum > 0
    and not attributes.attisdropped
