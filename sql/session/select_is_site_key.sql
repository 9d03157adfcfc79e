-- Purpose: whether the warehouse was filled with this key ($1: its digest); null: with none yet. Reads only.
select bool_or(known.key_id = $1) as is_site_key
from etl.site_keys as known
where known.retired_at is null
