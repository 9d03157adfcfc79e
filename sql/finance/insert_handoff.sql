-- Purpose: number what these deliveries have moved, and store it; nothing where they have moved no money. One statement, so it
-- is there whole or not at all; the primary key keeps a second one out. The order does not depend on the database's collation.
-- The range is given as values, so that the index on deliveries finds it.
with
-- What is handed over, numbered from 1.
moved as materialized (
    select
        row_number() over (
            -- A correction has a version of the history before a swap: it comes before what moves from there.
            order by
                movement.delivery_id,
                movement.serial_number collate "C",
                movement.event = 'corrected' desc,
                movement.version,
                movement.line_number,
                movement.check_month,
                movement.hospital_code collate "C",
                coalesce(movement.pay_type, '') collate "C"
        ) as place,
        movement.*
    from finance.movements as movement
    where movement.account = $1
        and movement.delivery_id between $3 and $4
),

-- What it comes to.
total as (
    select count(*) as entries, sum(moved.amount) as amount
    from moved
),

handed_over as (
    insert into finance.handoffs (
        account, handoff_number, first_delivery_id, last_delivery_id, as_of, first_entry_number, entries, amount, balance
    )
    select
        $1,
        $2,
        $3,
        $4,
        delivery.effective_at,
        coalesce(last.first_entry_number + last.entries, 1),
        total.entries,
        total.amount,
        coalesce(last.balance, 0) + total.amount
    from total
    inner join etl.deliveries as delivery on delivery.delivery_id = $4
    left join lateral (
        select handoff.*
        from finance.handoffs as handoff
        where handoff.account = $1
            and handoff.handoff_number < $2
        order by handoff.handoff_number desc
        limit 1
    ) as last on true
    where total.entries > 0
    returning account, handoff_number, first_entry_number, recorded_at
),

-- Its entries.
stored as (
    insert into finance.numbered_movements (
        handoff_number, entry_number, account, delivery_id, serial_number, version, line_number, entry_kind, event, event_at,
        check_date, check_month, hospital_code, hospital_name, hospital_package_id, hospital_package_name, order_status,
        pay_type, data_sources, amount_before, amount_after, amount
    )
    select
        handed_over.handoff_number,
        handed_over.first_entry_number - 1 + moved.place,
        moved.account,
        moved.delivery_id,
        moved.serial_number,
        moved.version,
        moved.line_number,
        moved.entry_kind,
        moved.event,
        moved.event_at,
        moved.check_date,
        moved.check_month,
        moved.hospital_code,
        moved.hospital_name,
        moved.hospital_package_id,
        moved.hospital_package_name,
        moved.order_status,
        moved.pay_type,
        moved.data_sources,
        moved.amount_before,
        moved.amount_after,
        moved.amount
    from handed_over
    cross join moved
    order by moved.place
)

select handed_over.recorded_at
from handed_over
