-- Purpose: the last runs of every account, newest first. $1: runs per account. Reads only.
with
-- Runs, numbered backwards per account.
numbered as (
    select
        run.*,
        row_number() over (partition by run.account order by run.run_id desc) as recency
    from etl.runs as run
)

select
    numbered.account,
    numbered.run_id,
    numbered.started_at,
    numbered.finished_at,
    numbered.outcome,
    numbered.failure,
    delivery.delivery_id,
    delivery.received,
    delivery.accepted,
    delivery.rejected,
    delivery.unchanged,
    delivery.opened,
    delivery.closed
from numbered
left join etl.deliveries as delivery on delivery.run_id = numbered.run_id
where numbered.recency <= $1
order by numbered.account, numbered.run_id desc
