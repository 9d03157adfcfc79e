-- Purpose: end the current versions that a chunk replaces. Before the COPY, for the index on current versions.
-- The caller compares the number of rows with its plan: a version that is no longer current stops the load.
update warehouse.reservation_versions as ended
set valid_to = closed.valid_to
from unnest($2::text[], $3::integer[], $4::timestamptz[]) as closed (serial_number, version, valid_to)
where ended.account = $1
    and ended.serial_number = closed.serial_number
    and ended.version = closed.version
    and ended.valid_to = 'infinity'
