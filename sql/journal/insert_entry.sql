-- Purpose: an entry of an account's journal ($1) that is applied again, in the place that it had ($2), with its digest ($4, in
-- hexadecimal). Returns whether it follows the entry before it; where entries are lost, nothing is before it.
with last as (
    select known.entry_number, known.digest
    from etl.journal as known
    where known.account = $1
    order by known.entry_number desc
    limit 1
),
inserted as (
    insert into etl.journal (account, entry_number, entry, digest)
    values ($1, $2, $3::text::jsonb, decode($4, 'hex'))
    returning entry_number, entry, digest
)
select
    inserted.entry_number > coalesce(last.entry_number, 0) + 1
    or inserted.digest = sha256(coalesce(last.digest, '\x'::bytea) || convert_to(inserted.entry::text, 'UTF8'))
    as is_next
from inserted
left join last on true
