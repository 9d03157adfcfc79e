-- Purpose: the key ($1) of the warehouse's first run becomes its key, unless there was one. Idempotent.
insert into etl.site_keys (key_id)
select $1
where not exists (select from etl.site_keys)
on conflict do nothing
