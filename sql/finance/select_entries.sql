-- Purpose: the entries of one handoff, in their order. Reads only.
select
    entry.account,
    entry.handoff_number,
    entry.entry_number,
    entry.entry_kind,
    entry.event,
    entry.event_at,
    entry.event_date,
    entry.posting_date,
    to_char(entry.posting_date, 'YYYY-MM') as posting_month,
    entry.serial_number,
    entry.version,
    entry.hospital_code,
    entry.hospital_name,
    entry.check_date,
    to_char(entry.check_month, 'YYYY-MM') as check_month,
    entry.hospital_package_id,
    entry.hospital_package_name,
    entry.order_status,
    entry.pay_type,
    entry.data_sources,
    entry.amount_before,
    entry.amount_after,
    entry.amount
from finance.entries as entry
where entry.account = $1
    and entry.handoff_number = $2
order by entry.entry_number
