-- Purpose: room for what differs, until the end of the transaction: it is asked for several times.
create temp table differing_versions (
    serial_number text not null,
    version integer not null,
    kind text not null,
    live_check_date date,
    replay_check_date date,
    columns text[] not null
) on commit drop
