-- Purpose: write the delivery's counts; its check constraints are the reconciliation.
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
    unknown_fields_more = $11
where delivery.delivery_id = $1
