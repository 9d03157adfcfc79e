-- Purpose: the arrivals that are taken. Each reservation arrives once: a second row is an error of ours, and stops the
-- transaction.
insert into warehouse.arrivals (account, serial_number, arrived_at, source)
select $1, taken.serial_number, taken.arrived_at, taken.source
from unnest($2::text[], $3::timestamptz[], $4::text[]) as taken (serial_number, arrived_at, source)
