-- Purpose: the warehouse's key from now on. A key of the past may come back.
insert into etl.site_keys as known (key_id)
values ($1)
on conflict (key_id) do update
set retired_at = null
