-- Arrivals (到检): the inbox that they come in through, and those that are taken.
-- An arrival is in warehouse.arrivals once it is taken, with a row of the outbox in the same transaction; that the platform
-- has confirmed it is said by that row. The front desk's login adds to the inbox, and sees nothing of it.

create table etl.arrival_inbox (
    inbox_id bigint generated always as identity,
    account text not null check (char_length(account) between 1 and 63),
    serial_number text not null check (char_length(serial_number) between 1 and 500),
    arrived_at timestamptz not null default now()
        check (arrived_at >= '2000-01-01 00:00+00' and arrived_at < '2100-01-01 00:00+00'),
    source text not null default 'inbox' check (source in ('inbox', 'file', 'command')),
    submitted_at timestamptz not null default now(),
    database_user text not null default session_user,
    state text not null default 'open' check (state in ('open', 'taken', 'repeated', 'refused')),
    reason text check (
        reason in (
            'already_taken', 'arrived_in_future', 'arrived_long_ago', 'cancelled_reservation', 'unknown_reservation'
        )
    ),
    finished_at timestamptz,
    primary key (inbox_id, account),
    check ((state = 'open') = (finished_at is null)),
    check (state not in ('repeated', 'refused') or reason is not null)
);
create index arrival_inbox_open_idx on etl.arrival_inbox (account, inbox_id) where state = 'open';

create table warehouse.arrivals (
    account text not null,
    serial_number text not null,
    arrived_at timestamptz not null,
    source text not null check (source in ('inbox', 'file', 'command')),
    recorded_at timestamptz not null
        default coalesce(nullif(current_setting('tijian.recorded_at', true), '')::timestamptz, now()),
    primary key (account, serial_number)
);
