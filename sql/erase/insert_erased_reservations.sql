-- Purpose: remember which reservations were the person's ($3: every person_id, $4: whole reservations), before their versions
-- forget it. Idempotent.
insert into etl.erased_reservations (erasure_id, account, serial_number)
select distinct
    $2::bigint,
    versions.account,
    versions.serial_number
from warehouse.reservation_versions as versions
where versions.account = $1
    and (versions.person_id = any($3::bytea[]) or versions.serial_number = any($4::text[]))
on conflict do nothing
