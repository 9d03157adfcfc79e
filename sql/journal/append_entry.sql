-- Purpose: the next entry of an account's journal ($2), in the transaction of what it tells of. Under the account's lock.
insert into etl.journal (account, entry_number, entry, digest)
select
    $1,
    coalesce(last.entry_number, 0) + 1,
    $2::text::jsonb,
    sha256(coalesce(last.digest, '\x'::bytea) || convert_to($2::text::jsonb::text, 'UTF8'))
from (select) as always
left join lateral (
    select known.entry_number, known.digest
    from etl.journal as known
    where known.account = $1
    order by known.entry_number desc
    limit 1
) as last on true
returning entry_number, digest
