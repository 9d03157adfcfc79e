-- Purpose: the current state of every reservation of an account, as far as the platform's lists have it, and whether a record
-- of it waits in quarantine; with those that are nowhere but there. Reads only.
with
-- One row per reservation.
current_versions as (
    select
        versions.serial_number,
        versions.order_status,
        versions.check_date,
        (versions.examination_fee * 100)::bigint as fee_fen
    from warehouse.reservation_versions as versions
    where versions.account = $1 and versions.valid_to = 'infinity'
),
-- Several records of one reservation may wait.
quarantined as (
    select distinct rejections.serial_number
    from etl.rejections as rejections
    where rejections.account = $1 and rejections.resolved_at is null and rejections.serial_number is not null
)
select
    coalesce(current_versions.serial_number, quarantined.serial_number) as serial_number,
    current_versions.order_status,
    current_versions.check_date,
    current_versions.fee_fen,
    quarantined.serial_number is not null as is_quarantined
from current_versions
full join quarantined on quarantined.serial_number = current_versions.serial_number
order by 1
