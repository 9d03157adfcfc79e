-- Each reservation has one current version, and one row in reservations_current.
select
    versions.account,
    versions.serial_number
from {{ source('mart', 'reservation_versions') }} as versions
left join {{ source('mart', 'reservations_current') }} as current
    on current.account = versions.account
    and current.serial_number = versions.serial_number
group by versions.account, versions.serial_number
having count(*) filter (where versions.is_current) <> 1
    or count(current.serial_number) <> count(*)
