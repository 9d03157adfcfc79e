-- Purpose: the key that the warehouse is under; no row where it has none yet. Reads only.
select known.key_id
from etl.site_keys as known
where known.retired_at is null
