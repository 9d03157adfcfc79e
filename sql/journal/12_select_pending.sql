-- Purpose: the acknowledgements that are pending, of deliveries up to $2. Reads only.
select owed.outbox_id, owed.delivery_id, owed.kind, owed.key
from etl.outbox as owed
where owed.account = $1
    and owed.delivery_id <= $2
    and owed.state = 'pending'
    and owed.kind in ('batch_ack', 'reservation_ack')
order by owed.delivery_id, owed.kind, owed.key
