-- Purpose: what the ledger says of the deliveries, exactly the files that the pointer names.
create or replace temporary view deliveries (
    delivery_id bigint,
    account string,
    opened bigint,
    states bigint
) using parquet options (path '${deliveries}')
