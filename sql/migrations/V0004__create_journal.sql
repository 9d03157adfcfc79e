-- The journal: what was committed and decided, entry by entry, as it is copied to the landing folder. After a backup of the
-- database was restored, the entries that it does not know are applied again from there, each once: an entry is in the
-- transaction of what it tells of.

create table etl.journal (
    account text not null,
    entry_number bigint not null check (entry_number >= 1),
    entry jsonb not null,
    digest bytea not null,
    recorded_at timestamptz not null default now(),
    primary key (account, entry_number)
);

-- The contract that was loaded by last is asked for by every run; there are few of them among all entries.
create index journal_contract_idx on etl.journal (account, entry_number) where entry ->> 'kind' = 'contract';
