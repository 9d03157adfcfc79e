-- Purpose: what changes nothing in the last delivery ($1), by the replay: where it is held back, the platform delivers it
-- again, and it has to be known again. The next run forgets the rest.
insert into etl.unchanged_records (delivery_id, request_id, serial_number)
select unchanged.delivery_id, unchanged.request_id, unchanged.serial_number
from replay.unchanged_records as unchanged
where unchanged.delivery_id = $1
