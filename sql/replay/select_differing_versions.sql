-- Purpose: the first $1 versions that differ, and the names of the columns in which they do; never a value. Reads only.
select differing.serial_number, differing.version, differing.kind, differing.columns
from pg_temp.differing_versions as differing
order by differing.serial_number, differing.version
limit $1
