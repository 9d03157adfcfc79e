-- Purpose: when this key ($1) was replaced, null where it was not; no row: it never was the warehouse's. Reads only.
select known.retired_at
from etl.site_keys as known
where known.key_id = $1
