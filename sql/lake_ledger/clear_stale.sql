-- Purpose: what was no longer true is claimed: it is read from here on as it is now. Gives the publications that it is in. It is the first
-- statement of a claim, since it waits for whoever marks just now: what is looked up before would lack those marks. Idempotent.
with
cleared as (
    update etl.lake_deliveries as delivery
    set is_stale = false
    where delivery.lake = $1
        and delivery.is_stale
    returning delivery.number
)

select distinct cleared.number
from cleared
order by cleared.number
