-- Purpose: write the delivery's counts; its check constraints are the reconciliation. And what the planner was told of the
-- deliveries before, for a replay.
update etl.deliveries as delivery
set
    received = $2,
    accepted = $3,
    rejected = $4,
    unchanged = $5,
    opened = $6,
    closed = $7,
    adjusted = $8,
    warned = $9,
    unknown_fields = $10,
    unknown_fields_more = $11,
    unconfirmed_delivery_ids = $12
where delivery.delivery_id = $1
