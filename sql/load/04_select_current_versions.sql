-- Purpose: what the history knows now of a chunk's reservations. Reads only.
select
    current.serial_number,
    current.version,
    current.valid_from,
    current.fingerprint,
    current.order_status,
    current.check_date
from warehouse.reservation_versions as current
where current.account = $1
    and current.serial_number = any($2)
    and current.valid_to = 'infinity'
