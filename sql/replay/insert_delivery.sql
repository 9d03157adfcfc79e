-- Purpose: what the replay makes of a delivery ($1), in counts.
insert into replay.deliveries (
    delivery_id, account, received, accepted, rejected, unchanged, opened, closed, adjusted, warned, unknown_fields,
    unknown_fields_more
)
select
    delivery.delivery_id,
    delivery.account,
    $2::bigint,
    $3::bigint,
    $4::bigint,
    $5::bigint,
    $6::bigint,
    $7::bigint,
    $8::bigint,
    $9::bigint,
    $10::text[],
    $11::bigint
from etl.deliveries as delivery
where delivery.delivery_id = $1
