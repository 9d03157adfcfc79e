-- Purpose: the counts of the replay, since they are checked against the versions. What a retry of refused records
-- has loaded counts where it was delivered, and the retry itself for nothing. Idempotent.
update etl.deliveries as delivery
set
    received = replayed.received,
    accepted = replayed.accepted,
    rejected = replayed.rejected,
    unchanged = replayed.unchanged,
    opened = replayed.opened,
    closed = replayed.closed,
    adjusted = replayed.adjusted,
    warned = replayed.warned,
    unknown_fields = replayed.unknown_fields,
    unknown_fields_more = replayed.unknown_fields_more
from replay.deliveries as replayed
where replayed.delivery_id = delivery.delivery_id
    and replayed.account = $1
    and (
        replayed.accepted, replayed.unchanged, replayed.opened, replayed.closed, replayed.adjusted, replayed.warned,
        replayed.unknown_fields, replayed.unknown_fields_more
    ) <> (
        delivery.accepted, delivery.unchanged, delivery.opened, delivery.closed, delivery.adjusted, delivery.warned,
        delivery.unknown_fields, delivery.unknown_fields_more
    )
