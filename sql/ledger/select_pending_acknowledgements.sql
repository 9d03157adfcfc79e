-- Purpose: the next page of what is owed to the platform, oldest first: the acknowledgements of one delivery ($5), or
-- arrivals with their times ($5 null).
-- Reads only.
select
    owed.outbox_id,
    owed.delivery_id,
    owed.kind,
    owed.key,
    coalesce(arrival.arrived_at, owed.created_at) as arrived_at
from etl.outbox as owed
left join warehouse.arrivals as arrival
    on owed.kind = 'arrival'
    and arrival.account = owed.account
    and arrival.serial_number = owed.key
where owed.account = $1
    and owed.state = 'pending'
    and owed.kind = any($4)
    and owed.outbox_id > $2
    and ($5::bigint is null or owed.delivery_id = $5)
order by owed.outbox_id
limit $3
