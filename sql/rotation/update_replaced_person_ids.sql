-- Purpose: as 06, in what the swap of a replay has replaced.
update replaced.reservation_versions as versions
set person_id = renewed.new_person_id
from pg_temp.new_person_ids as renewed
where versions.person_id = renewed.old_person_id
