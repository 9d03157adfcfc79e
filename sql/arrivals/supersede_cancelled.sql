-- Purpose: an arrival that the platform did not confirm when it was told, and whose reservation is cancelled since, is not
-- owed any more: it would be refused every night. That somebody came stays in warehouse.arrivals. Idempotent.
update etl.outbox as owed
set
    state = 'superseded',
    finished_at = now()
where owed.account = $1
    and owed.state = 'pending'
    and owed.kind = 'arrival'
    and owed.attempts > 0
    and exists (
        select
        from warehouse.reservation_versions as versions
        where versions.account = owed.account
            and versions.serial_number = owed.key
            and versions.valid_to = 'infinity'
            and versions.order_status = '5'
    )
