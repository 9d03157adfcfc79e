-- Purpose: before the versions change, store the entries that were handed over, as they were: those since the last swap,
-- its corrections included; and how far the account is handed over. Nothing where it never was. Idempotent.
with
-- Both are read as they were before this statement.
stored as (
    insert into finance.kept_movements (
        account, delivery_id, serial_number, version, line_number, entry_kind, event, event_at, check_date, check_month,
        hospital_code, hospital_name, hospital_package_id, hospital_package_name, order_status, pay_type, data_sources,
        amount_before, amount_after, amount
    )
    select
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
    from finance.movements as moved
    where moved.account = $1
        and moved.delivery_id > coalesce(
            (select kept.last_delivery_id from finance.kept as kept where kept.account = $1), 0
        )
        and moved.delivery_id <= coalesce(
            (select max(handoff.last_delivery_id) from finance.handoffs as handoff where handoff.account = $1), 0
        )
)

insert into finance.kept as known (account, last_delivery_id)
select handoff.account, max(handoff.last_delivery_id)
from finance.handoffs as handoff
where handoff.account = $1
group by handoff.account
on conflict (account) do update
set
    last_delivery_id = excluded.last_delivery_id,
    kept_at = now()
