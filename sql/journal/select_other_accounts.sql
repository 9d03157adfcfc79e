-- Purpose: accounts with a journal that are not among these ($1), each with its last entry. Reads only.
with recursive
    -- The accounts, by one look into the index for each: their entries are many.
    known as (
        (select entries.account from etl.journal as entries order by entries.account limit 1)
        union all
        select (
            select entries.account from etl.journal as entries
            where entries.account > known.account
            order by entries.account
            limit 1
        )
        from known
        where known.account is not null
    )
select
    known.account,
    (select max(entries.entry_number) from etl.journal as entries where entries.account = known.account) as entry_number
from known
where known.account <> all($1::text[])
order by known.account
