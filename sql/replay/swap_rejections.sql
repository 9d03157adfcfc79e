-- Purpose: the quarantine as today's contract has it, each record once. $2: the replay, $3: its first delivery, $4: its last
-- one; $5: rejected records are acknowledged, so none is held back. Idempotent.
with
-- Records that today's contract accepts are resolved. Those that the last delivery brought, and that are held back, stay
-- open: the platform does not know of them, delivers them again, and the load that takes them resolves and acknowledges them.
accepted as (
    update etl.rejections as refused
    set
        resolved_at = now(),
        resolution = case
            when exists (
                select
                from replay.rejections as replayed
                where replayed.account = refused.account
                    and (
                        replayed.content_sha256 = refused.content_sha256
                        -- Refused by today's contract, too: another list of ignored members makes another digest.
                        or (
                            replayed.serial_number is not distinct from refused.serial_number
                            and refused.last_delivery_id between replayed.first_delivery_id and replayed.last_delivery_id
                            and replayed.resolved_at is null
                        )
                    )
            ) then 'superseded'
            else 'loaded'
        end
    where refused.account = $1
        and refused.resolved_at is null
        and refused.last_delivery_id >= $3
        and (refused.last_delivery_id < $4 or ($5::boolean and refused.last_delivery_id = $4))
        and not exists (
            select
            from replay.rejections as replayed
            where replayed.account = refused.account
                and replayed.content_sha256 = refused.content_sha256
                and replayed.resolved_at is null
        )
),

-- Open again: what was resolved by a state that today's contract refuses, and what a retry has loaded that it refuses.
reopened as (
    update etl.rejections as refused
    set
        resolved_at = null,
        resolution = null,
        resolved_by = null,
        reasons = replayed.reasons,
        replay_id = $2
    from replay.rejections as replayed
    where refused.account = $1
        and refused.resolved_at is not null
        and refused.sealed_record is not null
        and replayed.account = refused.account
        and replayed.content_sha256 = refused.content_sha256
        and replayed.resolved_at is null
)

-- New: what was accepted when it came. What is past the quarantine's days ($6) would be deleted by the next night.
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
    and replayed.last_seen_at >= $6
on conflict (account, content_sha256) do nothing
