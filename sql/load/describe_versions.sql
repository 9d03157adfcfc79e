-- Purpose: the columns of the history and their types, for the COPY into it. Prepared, and never run.
select versions.*
from warehouse.reservation_versions as versions
