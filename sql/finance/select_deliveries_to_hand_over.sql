-- Purpose: the next handoff's number, and its deliveries: all after the last handoff, up to the newest one that changed
-- the history within the same month by Beijing's clock, so that no month's money is booked in the next one. $2: the last delivery
-- that was looked at already, and had moved nothing with those before it. No row: there is none. A number that was used is not used again,
-- even where a recovery has lost what it was for: finance has its file. Reads only.
with
used as (
    select (journal.entry ->> 'handoff_number')::integer as handoff_number
    from etl.journal as journal
    where journal.account = $1
        and journal.entry ->> 'kind' = 'handed_over'
    order by journal.entry_number desc
    limit 1
),

open_deliveries as (
    select
        greatest(last.handoff_number, (select used.handoff_number from used), 0) + 1 as handoff_number,
        delivery.delivery_id,
        delivery.opened > 0 and delivery.delivery_id > $2 as is_changing,
        date_trunc('month', delivery.effective_at at time zone 'Asia/Shanghai') as posting_month
    from etl.deliveries as delivery
    left join (
        select handoff.handoff_number, handoff.last_delivery_id
        from finance.handoffs as handoff
        where handoff.account = $1
        order by handoff.handoff_number desc
        limit 1
    ) as last on true
    where delivery.account = $1
        and delivery.delivery_id > coalesce(last.last_delivery_id, 0)
),

-- Whether all of them, up to this one, are of the first one's month.
changing as (
    select
        in_order.delivery_id,
        bool_and(in_order.posting_month = in_order.first_month) over (order by in_order.delivery_id) as is_of_first_month
    from (
        select
            delivery.delivery_id,
            delivery.posting_month,
            first_value(delivery.posting_month) over (order by delivery.delivery_id) as first_month
        from open_deliveries as delivery
        where delivery.is_changing
    ) as in_order
),

newest as (
    select max(changing.delivery_id) as delivery_id
    from changing
    where changing.is_of_first_month
)

select
    delivery.handoff_number,
    min(delivery.delivery_id) as first_delivery_id,
    newest.delivery_id as last_delivery_id
from open_deliveries as delivery
cross join newest
where newest.delivery_id is not null
group by delivery.handoff_number, newest.delivery_id
