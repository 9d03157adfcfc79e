-- Purpose: one document per person_id. A person whose documents are all gone has none, and keeps the person_id.
select distinct on (versions.person_id) versions.person_id, versions.card_type, versions.idcard
from warehouse.reservation_versions as versions
where versions.person_id is not null
    and versions.idcard is not null
order by versions.person_id
