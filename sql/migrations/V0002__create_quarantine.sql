-- The quarantine: records that the contract refused, sealed by the program under a key that the database does not know. They
-- can be tried again and discarded: how each was resolved, by whom, and in which order the states of one reservation were
-- delivered.

create table etl.rejections (
    rejection_id bigint generated always as identity,
    account text not null,
    serial_number text,
    request_id text,
    content_sha256 bytea not null,
    sealed_record bytea,
    reasons jsonb not null,
    attempts integer not null default 1,
    first_delivery_id bigint not null,
    last_delivery_id bigint not null,
    last_position bigint not null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    resolved_at timestamptz,
    resolution text check (resolution in ('loaded', 'superseded', 'discarded')),
    resolved_by text,
    -- A rejection that was not delivered but found by a swap: its record was accepted, and acknowledged, when it came.
    replay_id bigint,
    primary key (rejection_id, account),
    foreign key (first_delivery_id, account) references etl.deliveries (delivery_id, account),
    foreign key (last_delivery_id, account) references etl.deliveries (delivery_id, account),
    foreign key (replay_id, account) references etl.replays (replay_id, account),
    unique (account, content_sha256),
    check (resolution is null or resolved_at is not null),
    check (resolution is distinct from 'discarded' or sealed_record is null)
);
create index rejections_open_idx on etl.rejections (account, serial_number) where resolved_at is null;

-- What a retry has loaded of a reservation is looked up by its key.
create index rejections_loaded_idx on etl.rejections (account, serial_number) where resolution = 'loaded';
