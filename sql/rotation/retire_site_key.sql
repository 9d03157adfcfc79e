-- Purpose: the warehouse's key until now is one of the past.
update etl.site_keys as known
set retired_at = now()
where known.key_id = $1
    and known.retired_at is null
