-- Purpose: count the rows of one check.
select '${name}' as name, count(*) as violations
from (
${check}
) as found
