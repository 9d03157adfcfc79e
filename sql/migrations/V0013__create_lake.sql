-- What is published to which lake. A publication is claimed before its files are written, and published when the lake's pointer names
-- them: whoever is stopped in between is completed by the next one.

create table etl.lakes (
    lake text primary key,
    number bigint not null default 0
);

-- Claimed again, with the next numbers, when its files are no longer true.
create table etl.lake_publications (
    lake text not null references etl.lakes (lake),
    number bigint not null check (number >= 1),
    claimed_at timestamptz not null default now(),
    published_at timestamptz,
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
