-- Purpose: how many versions of the person ($2) the history has that the swap of a replay has replaced. For the owner only.
-- Reads only.
select count(*) as replaced
from replaced.reservation_versions as versions
where versions.account = $1
    and versions.person_id = $2
