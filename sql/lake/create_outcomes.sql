-- Purpose: what became of each state, by the planner of the nights in a process beside each of the engine's. All states of a
-- reservation go to the same process, in their order; it answers each line by a line. Cells are plain text on both sides.
create or replace temporary view outcomes as
select transform (
    account_cell, serial_number_cell, delivery_id, position, effective_us, content_id, order_status_cell, check_date,
    unconfirmed_pull
)
row format delimited fields terminated by '\t' lines terminated by '\n' null defined as '\\N'
using './${worker} worker history'
as (
    account_cell string,
    serial_number_cell string,
    delivery_id bigint,
    position int,
    version int,
    valid_from_us bigint,
    valid_to_us bigint,
    change string
)
row format delimited fields terminated by '\t' lines terminated by '\n' null defined as '\\N'
from (
    select
        account_cell,
        serial_number_cell,
        delivery_id,
        position,
        unix_micros(effective_at) as effective_us,
        content_id,
        order_status_cell,
        check_date,
        unconfirmed_pull
    from states
    distribute by account_cell, serial_number_cell
    sort by account_cell, serial_number_cell, delivery_id, position
)
