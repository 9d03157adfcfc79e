-- Purpose: add a chunk's records to the counts of their batches.
insert into etl.batches as known (account, delivery_id, request_id, received, accepted, rejected)
select $1, $2, counted.request_id, counted.accepted + counted.rejected, counted.accepted, counted.rejected
from unnest($3::text[], $4::bigint[], $5::bigint[]) as counted (request_id, accepted, rejected)
on conflict (delivery_id, request_id, account) do update
set
    received = known.received + excluded.received,
    accepted = known.accepted + excluded.accepted,
    rejected = known.rejected + excluded.rejected
