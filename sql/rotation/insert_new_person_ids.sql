-- Purpose: note what some person_ids become.
insert into pg_temp.new_person_ids (old_person_id, new_person_id)
select renewed.old_person_id, renewed.new_person_id
from unnest($1::bytea[], $2::bytea[]) as renewed (old_person_id, new_person_id)
