-- Purpose: the number of the last entry of an account's journal up to $2 (null: of all), and its digest. No row: there is
-- none. Reads only.
select known.entry_number, known.digest
from etl.journal as known
where known.account = $1
    and ($2::bigint is null or known.entry_number <= $2)
order by known.entry_number desc
limit 1
