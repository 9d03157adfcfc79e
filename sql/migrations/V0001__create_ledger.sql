-- The ledger: what was run, received and loaded, and what is still to be made from it. Written by the loader, read by the
-- operator.
-- Every key has the account in it, here and in the history, so that a PostgreSQL that is distributed by account can hold them. It is
-- last where a number finds the row: the number is unique by itself.

create schema if not exists etl;

-- The landing and export folders remember this id, and another warehouse in its place is refused. A backup that is restored
-- is the same warehouse.
create table etl.warehouse (
    warehouse_id uuid primary key default gen_random_uuid(),
    created_at timestamptz not null default now()
);
create unique index warehouse_has_one_row on etl.warehouse ((true));
insert into etl.warehouse default values;

-- A warehouse has one key at a time; those before it are remembered, to say so when one of them comes again.
create table etl.site_keys (
    key_id bytea primary key,
    first_used_at timestamptz not null default now(),
    retired_at timestamptz
);
create unique index site_keys_current_idx on etl.site_keys ((true)) where retired_at is null;

create table etl.runs (
    run_id bigint generated always as identity,
    account text not null,
    program_version text not null,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    outcome text check (outcome in ('succeeded', 'quarantined', 'pending', 'temporary', 'failed')),
    failure text,
    seconds jsonb,
    retention_note text,
    primary key (run_id, account)
);
create index runs_account_idx on etl.runs (account, run_id);

-- A retry of quarantined records is a delivery of its own, without an answer of the platform. What is loaded again keeps the
-- time at which it was recorded first.
create table etl.deliveries (
    delivery_id bigint generated always as identity,
    run_id bigint not null,
    account text not null,
    is_retry boolean not null default false,
    effective_at timestamptz not null,
    effective_source text not null check (effective_source in ('envelope', 'receipt')),
    platform_at timestamptz,
    received_at timestamptz not null,
    landing_file text not null,
    body_bytes bigint not null,
    received bigint not null default 0,
    accepted bigint not null default 0,
    rejected bigint not null default 0,
    unchanged bigint not null default 0,
    opened bigint not null default 0,
    closed bigint not null default 0,
    adjusted bigint not null default 0,
    warned bigint not null default 0,
    unknown_fields text[] not null default '{}',
    unknown_fields_more bigint not null default 0,
    recorded_at timestamptz not null
        default coalesce(nullif(current_setting('tijian.recorded_at', true), '')::timestamptz, now()),
    primary key (delivery_id, account),
    foreign key (run_id, account) references etl.runs (run_id, account),
    unique (account, landing_file),
    check (received = accepted + rejected),
    check (accepted = opened + unchanged)
);

create table etl.batches (
    account text not null,
    delivery_id bigint not null,
    request_id text not null,
    received bigint not null,
    accepted bigint not null,
    rejected bigint not null,
    primary key (delivery_id, request_id, account),
    foreign key (delivery_id, account) references etl.deliveries (delivery_id, account),
    check (received = accepted + rejected)
);

create table etl.unchanged_records (
    account text not null,
    delivery_id bigint not null,
    request_id text not null,
    serial_number text not null
);
create index unchanged_records_delivery_idx on etl.unchanged_records (delivery_id, serial_number);

-- Broken rules of a delivery, counted while it is loaded: etl.rejections knows the first and the last delivery only.
create table etl.delivery_problems (
    account text not null,
    delivery_id bigint not null,
    field text not null,
    rule text not null,
    is_rejecting boolean not null,
    records bigint not null check (records > 0),
    primary key (delivery_id, field, rule, is_rejecting, account),
    foreign key (delivery_id, account) references etl.deliveries (delivery_id, account)
);

-- Written in the load's transaction, deleted when the volumes of the date are made again.
create table etl.stale_check_dates (
    account text not null,
    check_date date not null,
    primary key (account, check_date)
);

create table etl.touched_months (
    account text not null,
    check_month date not null,
    delivery_id bigint not null,
    primary key (account, check_month)
);

create table etl.exports (
    account text not null,
    target text not null,
    part text not null,
    delivery_id bigint not null,
    exported_at timestamptz not null default now(),
    path text not null,
    rows bigint not null,
    sha256 text not null,
    primary key (account, target, part)
);

create table etl.replays (
    replay_id bigint generated always as identity,
    account text not null,
    first_delivery_id bigint not null,
    last_delivery_id bigint not null,
    deliveries bigint not null,
    versions bigint not null,
    replayed_at timestamptz not null default now(),
    swapped_at timestamptz,
    program_version text not null,
    database_user text not null default session_user,
    primary key (replay_id, account),
    foreign key (first_delivery_id, account) references etl.deliveries (delivery_id, account),
    foreign key (last_delivery_id, account) references etl.deliveries (delivery_id, account)
);
