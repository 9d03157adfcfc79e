-- Versions of a reservation count from one, each begins where the one before it ends, and the last one has no end.
select numbered.account, numbered.delivery_id
from (
    select
        account,
        delivery_id,
        version,
        valid_from,
        valid_to,
        change,
        order_status,
        row_number() over one_reservation as place,
        lead(valid_from) over one_reservation as next_from
    from history
    window one_reservation as (partition by account, serial_number order by version)
) as numbered
where numbered.version <> numbered.place
    or not numbered.valid_to <=> numbered.next_from
    or not coalesce(numbered.valid_from < numbered.valid_to, numbered.valid_from is not null)
    or not coalesce(numbered.change in ('booked', 'rescheduled', 'cancelled', 'amended', 'reinstated'), false)
