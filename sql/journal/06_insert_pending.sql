-- Purpose: single acknowledgements ($3) of a delivery ($2) that were pending beside what a load writes: those of a batch that
-- the platform had refused. Idempotent.
insert into etl.outbox (account, delivery_id, kind, key)
select $1, $2, 'reservation_ack', pending.key
from unnest($3::text[]) as pending (key)
on conflict (delivery_id, kind, key) do nothing
