-- Purpose: every account that has ever run: it may have landed files. Reads only.
select distinct ran.account
from etl.runs as ran
order by ran.account
