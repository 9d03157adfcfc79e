-- What is published to which lake. A publication is claimed before its files are written, and published when the lake's pointer names
-- them: whoever is stopped in between is completed by the next one. The pointer has the id of the claim that it was moved for: a number
-- alone could be another database's of the same warehouse.

create table etl.lakes (
    lake text primary key,
    number bigint not null default 0,
    publication_id text not null default '',
    claim_id text not null default ''
);

-- Claimed again, with the next numbers, when its files are no longer true. Small ones become part of the next: there are never many.
create table etl.lake_publications (
    lake text not null references etl.lakes (lake),
    number bigint not null check (number >= 1),
    claimed_at timestamptz not null default now(),
    published_at timestamptz,
    versions bigint not null,
    is_withdrawing boolean not null default false,
    primary key (lake, number)
);

create table etl.lake_deliveries (
    lake text not null,
    account text not null,
    delivery_id bigint not null,
    number bigint not null,
    is_stale boolean not null default false,
    primary key (lake, delivery_id, account),
    foreign key (delivery_id, account) references etl.deliveries (delivery_id, account),
    foreign key (lake, number) references etl.lake_publications (lake, number) on update cascade
);
create index lake_deliveries_publication_idx on etl.lake_deliveries (lake, number);

-- States that were decoded once more from landed files, account by account, each by its own process, for a rebuild by another contract.
-- One at a time is open, or closed: then every account of it is decoded, nobody changes it any more, and the pointer is about to name it.
-- It is published when the pointer does. An erasure, a discarded record, a new key and a swap end all.
create table etl.lake_decodings (
    lake text not null references etl.lakes (lake),
    decoding_id uuid not null default gen_random_uuid(),
    accounts text[] not null,
    begun_at timestamptz not null default now(),
    closed_at timestamptz,
    published_at timestamptz,
    primary key (decoding_id)
);
create unique index lake_decodings_next_idx on etl.lake_decodings (lake) where published_at is null;

create table etl.lake_decoded_accounts (
    decoding_id uuid not null references etl.lake_decodings (decoding_id) on delete cascade,
    account text not null,
    contract_sha256 text not null,
    files jsonb not null,
    primary key (decoding_id, account)
);
