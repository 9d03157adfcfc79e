-- Purpose: the next page of what is owed to the platform, oldest first. Reads only.
select owed.outbox_id, owed.delivery_id, owed.kind, owed.key
from etl.outbox as owed
where owed.account = $1
    and owed.state = 'pending'
    and owed.kind in ('batch_ack', 'reservation_ack')
    and owed.outbox_id > $2
order by owed.outbox_id
limit $3
