-- Purpose: put arrivals of a file or of the command line into the inbox, in their order. Not idempotent; what comes twice is
-- found out when it is taken. A time that is not given is now.
insert into etl.arrival_inbox (account, serial_number, arrived_at, source)
select $1, submitted.serial_number, coalesce(submitted.arrived_at, now()), $2
from unnest($3::text[], $4::timestamptz[]) with ordinality as submitted (serial_number, arrived_at, position)
order by submitted.position
returning inbox_id
