-- Purpose: the ledger's row of a replay whose shadow is whole. Retries of refused records give nothing in it: what they loaded
-- is judged where it was delivered.
with
-- Their counts.
retried as (
    insert into replay.deliveries (
        delivery_id, account, received, accepted, rejected, unchanged, opened, closed, adjusted, warned, unknown_fields
    )
    select retry.delivery_id, retry.account, 0, 0, 0, 0, 0, 0, 0, 0, '{}'
    from etl.deliveries as retry
    where retry.account = $1
        and retry.is_retry
        and retry.delivery_id > (
            select min(delivery.delivery_id) from replay.deliveries as delivery where delivery.account = $1
        )
)

insert into etl.replays (account, first_delivery_id, last_delivery_id, deliveries, versions, program_version)
select $1, min(delivery.delivery_id), max(delivery.delivery_id), count(*), sum(delivery.opened), $2
from replay.deliveries as delivery
where delivery.account = $1
having count(*) > 0
returning replay_id, versions
