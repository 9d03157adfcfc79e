-- Purpose: the contract by which the account was loaded last. Reads only.
select known.entry::text as entry
from etl.journal as known
where known.account = $1
    and known.entry ->> 'kind' = 'contract'
order by known.entry_number desc
limit 1
