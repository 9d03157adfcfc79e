-- Exactly one version of a reservation is current, and it is the last.
-- Invariant: Versions count 1, 2, 3; neither gap nor overlap; one is current.
select versions.account, versions.serial_number, count(*) filter (where versions.valid_to = 'infinity') as current_versions
from warehouse.reservation_versions as versions
group by versions.account, versions.serial_number
having count(*) filter (where versions.valid_to = 'infinity') <> 1
    or max(versions.version) filter (where versions.valid_to = 'infinity') <> max(versions.version)
