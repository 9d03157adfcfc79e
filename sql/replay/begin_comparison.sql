-- Purpose: from here on whole histories are read: plans that a load must not have are the right ones, and need to know how
-- much there is now. The live tables may be as new as the shadow: after a first load nobody has looked at them yet, and each
-- account is taken for a few rows. What differs has a table until the end of the transaction: it is asked for several times.
set local enable_seqscan = on;
set local enable_hashjoin = on;
set local enable_mergejoin = on;
analyze warehouse.reservation_versions;
analyze etl.deliveries;
analyze etl.batches;
analyze etl.delivery_problems;
analyze etl.rejections;
analyze replay.reservation_versions;
analyze replay.deliveries;
analyze replay.batches;
analyze replay.delivery_problems;
analyze replay.rejections;
create temp table differing_versions (
    serial_number text not null,
    version integer not null,
    kind text not null,
    live_check_date date,
    replay_check_date date,
    columns text[] not null
) on commit drop;
