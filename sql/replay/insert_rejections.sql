-- Purpose: put into quarantine what was accepted when it came and is refused today. What is past the quarantine's days ($3)
-- would be deleted by the next night. Idempotent.
insert into etl.rejections (
    account, serial_number, request_id, content_sha256, sealed_record, reasons, attempts,
    first_delivery_id, last_delivery_id, last_position, first_seen_at, last_seen_at, replay_id
)
select
    replayed.account,
    replayed.serial_number,
    replayed.request_id,
    replayed.content_sha256,
    replayed.sealed_record,
    replayed.reasons,
    replayed.attempts,
    replayed.first_delivery_id,
    replayed.last_delivery_id,
    replayed.last_position,
    replayed.first_seen_at,
    replayed.last_seen_at,
    $2
from replay.rejections as replayed
where replayed.account = $1
    and replayed.resolved_at is null
    and replayed.last_seen_at >= $3
on conflict (account, content_sha256) do nothing
