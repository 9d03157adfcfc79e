-- Purpose: one of these reservations ($2) that the account does not have; no row where it has all of them. Reads only.
select named.serial_number
from unnest($2::text[]) as named (serial_number)
where not exists (
    select
    from warehouse.reservation_versions as versions
    where versions.account = $1
        and versions.serial_number = named.serial_number
)
limit 1
