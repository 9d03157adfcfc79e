-- Purpose: claim a delivery that is loaded again, under its old number.
insert into etl.deliveries (
    delivery_id, run_id, account, effective_at, effective_source, received_at, landing_file, body_bytes, is_retry,
    platform_at
)
overriding system value
values ($10, $1, $2, $3, $4, $5, $6, $7, $8, $9)
returning delivery_id, recorded_at
