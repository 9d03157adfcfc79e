-- Purpose: as sql/load/upsert_batches.sql, on the shadow; a test holds the two against each other.
insert into replay.batches as known (delivery_id, request_id, received, accepted, rejected)
select $1, counted.request_id, counted.accepted + counted.rejected, counted.accepted, counted.rejected
from unnest($2::text[], $3::bigint[], $4::bigint[]) as counted (request_id, accepted, rejected)
on conflict (delivery_id, request_id) do update
set
    received = known.received + excluded.received,
    accepted = known.accepted + excluded.accepted,
    rejected = known.rejected + excluded.rejected
