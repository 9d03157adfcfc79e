-- Purpose: every version's person_id under the new key. Nothing else of the history changes.
update warehouse.reservation_versions as versions
set person_id = renewed.new_person_id
from pg_temp.new_person_ids as renewed
where versions.person_id = renewed.old_person_id
