-- Purpose: each arrival that is taken is owed to the platform, from the same transaction on.
insert into etl.outbox (account, kind, key)
select $1, 'arrival', taken.serial_number
from unnest($2::text[]) with ordinality as taken (serial_number, position)
order by taken.position
