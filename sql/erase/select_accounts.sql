-- Purpose: every account that has a delivery or a row in the inbox of arrivals, and so may hold the person. Reads only.
select delivery.account
from etl.deliveries as delivery
union
select inbox.account
from etl.arrival_inbox as inbox
order by account
