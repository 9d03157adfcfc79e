-- Purpose: the next page of an account's journal after entry $2, in its order. Reads only.
select known.entry_number, known.entry::text as entry, known.digest
from etl.journal as known
where known.account = $1
    and known.entry_number > $2
order by known.entry_number
limit $3
