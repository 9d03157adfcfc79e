-- Purpose: acknowledgements of versions that a swap may take out: it waits for them. Reads only.
select count(*) as pending
from etl.outbox as owed
where owed.account = $1
    and owed.state = 'pending'
    and owed.kind in ('batch_ack', 'reservation_ack')
