-- All that was handed over of an account is, by month, hospital and way of payment, the fee of the reservations that were
-- active as of the last handoff; and the handoff's balance is their sum. Corrections that a swap of the history has brought,
-- and that wait for the next handoff, count as handed over.
-- Invariant: All finance deltas of an account add up to its snapshot, in total, by month, by hospital and by way of
-- payment; each movement is booked once.
with
-- How far each account is handed over.
handed_over as (
    select distinct on (handoff.account) handoff.account, handoff.last_delivery_id, handoff.balance
    from finance.handoffs as handoff
    order by handoff.account, handoff.handoff_number desc
),

-- What the next handoff corrects.
waiting as (
    select correction.*
    from finance.corrections as correction
    inner join finance.kept as kept on kept.account = correction.account
    inner join handed_over
        on handed_over.account = kept.account
        and handed_over.last_delivery_id = kept.last_delivery_id
),

-- What was moved up to there.
moved as (
    select moves.account, moves.check_month, moves.hospital_code, moves.pay_type, sum(moves.amount) as amount
    from (
        select
            movement.account,
            movement.check_month,
            movement.hospital_code,
            coalesce(movement.pay_type, '') as pay_type,
            movement.amount
        from finance.movements as movement
        inner join handed_over
            on handed_over.account = movement.account
            and handed_over.last_delivery_id >= movement.delivery_id
        union all
        select
            waiting.account,
            waiting.check_month,
            waiting.hospital_code,
            coalesce(waiting.pay_type, ''),
            waiting.amount
        from waiting
    ) as moves
    group by moves.account, moves.check_month, moves.hospital_code, moves.pay_type
),

-- The last version of each reservation up to there.
latest as (
    select distinct on (versions.account, versions.serial_number) versions.*
    from warehouse.reservation_versions as versions
    inner join handed_over
        on handed_over.account = versions.account
        and handed_over.last_delivery_id >= versions.delivery_id
    order by versions.account, versions.serial_number, versions.version desc
),

-- Its fees.
active as (
    select
        latest.account,
        date_trunc('month', latest.check_date::timestamp)::date as check_month,
        latest.hospital_code,
        coalesce(latest.pay_type, '') as pay_type,
        sum(latest.examination_fee) as fee
    from latest
    where latest.order_status <> '5'
    group by 1, 2, 3, 4
)

select account, check_month, hospital_code, pay_type, coalesce(moved.amount, 0) as amount, coalesce(active.fee, 0) as fee
from moved
full join active using (account, check_month, hospital_code, pay_type)
where coalesce(moved.amount, 0) <> coalesce(active.fee, 0)
union all
select handed_over.account, null, null, null, handed_over.balance + corrected.amount, coalesce(sum(active.fee), 0)
from handed_over
cross join lateral (
    select coalesce(sum(waiting.amount), 0) as amount
    from waiting
    where waiting.account = handed_over.account
) as corrected
left join active on active.account = handed_over.account
group by handed_over.account, handed_over.balance, corrected.amount
having handed_over.balance + corrected.amount <> coalesce(sum(active.fee), 0)
