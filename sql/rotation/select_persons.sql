-- Purpose: one document per person_id. A person whose documents are all gone has none, and keeps the person_id.
select distinct on (versions.person_id) versions.person_id, versions.card_type, versions.idcard
from (
    select live.person_id, live.card_type, live.idcard
    from warehouse.reservation_versions as live
    union all
    -- What the swap of a replay has replaced is kept under the same key.
    select replaced.person_id, replaced.card_type, replaced.idcard
    from replaced.reservation_versions as replaced
) as versions
where versions.person_id is not null
    and versions.idcard is not null
order by versions.person_id
