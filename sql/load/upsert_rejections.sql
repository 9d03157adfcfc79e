-- Purpose: put a chunk's refused records, sealed, into quarantine.
-- The same content again is the same rejection: it raises attempts (once per delivery) and is open again, unless somebody
-- has discarded it: then it stays discarded, without its record.
insert into etl.rejections as known (
    account, serial_number, request_id, content_sha256, sealed_record, reasons,
    first_delivery_id, last_delivery_id, last_position, first_seen_at, last_seen_at
)
select
    $1,
    refused.serial_number,
    refused.request_id,
    refused.content_sha256,
    refused.sealed_record,
    refused.reasons,
    $2,
    $2,
    refused.last_position,
    $3,
    $3
from unnest($4::text[], $5::text[], $6::bytea[], $7::bytea[], $8::jsonb[], $9::bigint[])
    as refused (serial_number, request_id, content_sha256, sealed_record, reasons, last_position)
on conflict (account, content_sha256) do update
set
    request_id = excluded.request_id,
    sealed_record = case when known.resolution = 'discarded' then null else excluded.sealed_record end,
    reasons = excluded.reasons,
    attempts = known.attempts + (known.last_delivery_id <> excluded.last_delivery_id)::integer,
    last_delivery_id = excluded.last_delivery_id,
    last_position = excluded.last_position,
    last_seen_at = excluded.last_seen_at,
    resolved_at = case when known.resolution = 'discarded' then known.resolved_at end,
    resolution = case when known.resolution = 'discarded' then known.resolution end,
    resolved_by = case when known.resolution = 'discarded' then known.resolved_by end
