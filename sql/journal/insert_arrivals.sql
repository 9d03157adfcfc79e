-- Purpose: arrivals that were taken before. (Those of the backup's inbox are repetitions of them then.) Idempotent.
insert into warehouse.arrivals (account, serial_number, arrived_at, source)
select $1, taken.serial_number, taken.arrived_at, taken.source
from unnest($2::text[], $3::timestamptz[], $4::text[]) as taken (serial_number, arrived_at, source)
on conflict do nothing
