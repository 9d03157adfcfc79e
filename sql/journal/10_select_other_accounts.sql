-- Purpose: accounts with a journal that are not among these ($1). Reads only.
select distinct known.account
from etl.journal as known
where known.account <> all($1::text[])
order by known.account
