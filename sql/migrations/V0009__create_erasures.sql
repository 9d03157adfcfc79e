-- Who looked at personal data on purpose, or made files of it (the number is then the newest delivery in them), and whose identity was taken out of the warehouse: without the identity.

create table etl.access_log (
    access_id bigint generated always as identity,
    accessed_at timestamptz not null default now(),
    account text not null,
    action text not null check (action in ('quarantine_show', 'erase', 'identity_export')),
    subject_id bigint not null,
    database_user text not null default session_user,
    operator text not null,
    primary key (access_id, account)
);

create table etl.erasures (
    erasure_id bigint generated always as identity,
    account text not null,
    erased_at timestamptz not null default now(),
    last_delivery_id bigint,
    reservations bigint not null,
    versions bigint not null,
    rejections bigint not null,
    primary key (erasure_id, account)
);

-- A replay of landed deliveries must not bring an erased identity back.
create table etl.erased_reservations (
    erasure_id bigint not null,
    account text not null,
    serial_number text not null,
    primary key (account, serial_number, erasure_id),
    foreign key (erasure_id, account) references etl.erasures (erasure_id, account)
);
