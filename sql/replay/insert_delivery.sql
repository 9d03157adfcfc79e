-- Purpose: what the replay makes of a delivery, in counts.
insert into replay.deliveries (
    delivery_id, account, received, accepted, rejected, unchanged, opened, closed, adjusted, warned, unknown_fields,
    unknown_fields_more
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
