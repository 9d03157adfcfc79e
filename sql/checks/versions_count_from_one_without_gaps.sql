-- A reservation's versions are numbered 1, 2, 3, …; its last one has the number of versions.
-- Invariant: Versions count 1, 2, 3; neither gap nor overlap; one is current.
select versions.account, versions.serial_number, count(*) as versions, max(versions.version) as last_version
from warehouse.reservation_versions as versions
group by versions.account, versions.serial_number
having min(versions.version) <> 1 or max(versions.version) <> count(*)
