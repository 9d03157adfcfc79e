-- Purpose: claim the delivery. Its counts are filled in by the last statement.
-- A landing file is loaded once: the unique constraint refuses the second time.
insert into etl.deliveries (
    run_id, account, effective_at, effective_source, received_at, landing_file, body_bytes, is_retry,
    platform_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
returning delivery_id, recorded_at
