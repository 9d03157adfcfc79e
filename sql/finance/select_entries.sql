-- Purpose: the entries of one handoff, as finance.entries has them, in their order. The range stands in it as values, so
-- that it is found through the block-range index.
select
    movement.account,
    $2::integer as handoff_number,
    $5::bigint - 1 + row_number() over handoff as entry_number,
    movement.entry_kind,
    movement.event,
    movement.event_at,
    movement.serial_number,
    movement.version,
    movement.hospital_code,
    movement.hospital_name,
    movement.check_date,
    movement.hospital_package_id,
    movement.hospital_package_name,
    movement.order_status,
    movement.pay_type,
    movement.data_sources,
    movement.amount_before,
    movement.amount_after,
    movement.amount
from finance.movements as movement
where movement.account = $1
    and movement.delivery_id between $3 and $4
window
    handoff as (
        order by movement.delivery_id, movement.serial_number collate "C", movement.version, movement.line_number
    )
order by movement.delivery_id, movement.serial_number collate "C", movement.version, movement.line_number
