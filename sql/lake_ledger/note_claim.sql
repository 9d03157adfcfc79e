-- Purpose: what is claimed of this lake ($1) is known by this id ($2): the pointer gets it, too.
update etl.lakes as lake
set claim_id = $2
where lake.lake = $1
