-- Purpose: accounts with a journal that are not among these ($1), each with its last entry. Reads only.
select
    known.account,
    max(known.entry_number) as entry_number
from etl.journal as known
where known.account <> all($1::text[])
group by known.account
order by known.account
