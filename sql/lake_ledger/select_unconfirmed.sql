-- Purpose: the reservations among these ($3) of which the platform could deliver states of an earlier pull again in this delivery ($2) of
-- the account ($1), and since which pull. Reads only.
select known.serial_number, pull.delivery_id as unconfirmed_pull
from unnest($3::text[]) as asked (serial_number)
inner join etl.unconfirmed_reservations as known
    on known.account = $1
    and known.serial_number = asked.serial_number
    and known.noted_by <= $2
    and coalesce(known.confirmed_by >= $2, true)
cross join lateral (
    select max(before.delivery_id) as delivery_id
    from etl.deliveries as before
    where before.account = $1
        and before.delivery_id < known.noted_by
        and not before.is_retry
) as pull
