-- The outbox: what the platform is still to be told, in the transaction of what it tells of; and what the platform may deliver
-- again, since nobody has confirmed it.

create table etl.outbox (
    outbox_id bigint generated always as identity,
    account text not null,
    delivery_id bigint,
    kind text not null check (kind in ('batch_ack', 'reservation_ack', 'arrival')),
    key text not null,
    state text not null default 'pending' check (state in ('pending', 'done', 'superseded')),
    attempts integer not null default 0,
    last_error text,
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    -- An arrival that somebody has withdrawn is told from one that was given up with its reservation.
    withdrawn_by text check (withdrawn_by is null or state = 'superseded'),
    primary key (outbox_id, account),
    foreign key (delivery_id, account) references etl.deliveries (delivery_id, account),
    unique (delivery_id, kind, key, account)
);
create index outbox_pending_idx on etl.outbox (account, outbox_id) where state = 'pending';

-- Each arrival is owed once.
create unique index outbox_arrival_idx on etl.outbox (account, key) where kind = 'arrival';

-- Remembered per reservation, until a callback for it is confirmed: however many pulls lie between, and whatever else these
-- hold.
create table etl.unconfirmed_reservations (
    account text not null,
    serial_number text not null,
    noted_by bigint not null,
    since_version integer not null check (since_version >= 1),
    confirmed_by bigint,
    primary key (account, serial_number, noted_by),
    foreign key (noted_by, account) references etl.deliveries (delivery_id, account),
    foreign key (confirmed_by, account) references etl.deliveries (delivery_id, account)
);
create unique index unconfirmed_reservations_open_idx
    on etl.unconfirmed_reservations (account, serial_number)
    where confirmed_by is null;
