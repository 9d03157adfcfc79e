-- Purpose: remember which reservations were the person's ($3), before their versions forget it. Idempotent.
insert into etl.erased_reservations (erasure_id, account, serial_number)
select distinct
    $2::bigint,
    versions.account,
    versions.serial_number
from warehouse.reservation_versions as versions
where versions.account = $1
    and versions.person_id = $3
on conflict do nothing
