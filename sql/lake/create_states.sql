-- Purpose: the states with their keys as cells of lines. Where the keys are for lines, what a line cannot hold
-- is an escape: tab, line feed, carriage return, and the backslash itself, so that none of them is the null of lines.
create or replace temporary view states as
select
    published.*,
    replace(replace(replace(replace(
        published.account, '\\', '\\\\'), '\t', '\\t'), '\n', '\\n'), '\r', '\\r') as account_cell,
    replace(replace(replace(replace(
        published.serial_number, '\\', '\\\\'), '\t', '\\t'), '\n', '\\n'), '\r', '\\r') as serial_number_cell,
    replace(replace(replace(replace(
        published.order_status, '\\', '\\\\'), '\t', '\\t'), '\n', '\\n'), '\r', '\\r') as order_status_cell
from published_states as published
