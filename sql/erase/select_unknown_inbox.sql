-- Purpose: the rows of one account's inbox of arrivals that belong to no reservation, to be looked through for the person's
-- number: one that was typed there by mistake. Those of a reservation have its serial number, whatever it contains. Reads only.
select inbox.inbox_id, inbox.serial_number
from etl.arrival_inbox as inbox
where inbox.account = $1
    and not exists (
        select
        from warehouse.reservation_versions as versions
        where versions.account = inbox.account
            and versions.serial_number = inbox.serial_number
    )
