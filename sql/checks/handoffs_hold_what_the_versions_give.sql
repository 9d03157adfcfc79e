-- The entries of a handoff, and their amount, are those of its versions: counted here another way than when it was made.
-- (Of those that were handed over before a swap of the history only what is stored is left; so are the corrections that it brings.)
with
-- Each version beside the one before it: what is booked for it, and where.
chained as (
    select
        versions.account,
        versions.delivery_id,
        case when versions.order_status = '5' then 0 else coalesce(versions.examination_fee, 0) end as booked,
        (
            to_char(versions.check_date, 'YYYY-MM'), versions.hospital_code, coalesce(versions.pay_type, '')
        )::text as place,
        lag(case when versions.order_status = '5' then 0 else coalesce(versions.examination_fee, 0) end, 1, 0::numeric)
            over reservation as booked_before,
        lag(
            (to_char(versions.check_date, 'YYYY-MM'), versions.hospital_code, coalesce(versions.pay_type, ''))::text
        ) over reservation as place_before
    from warehouse.reservation_versions as versions
    window reservation as (partition by versions.account, versions.serial_number order by versions.version)
),

-- What each delivery gives: one entry per version that moves money, two where it moves from place to place.
given as (
    select
        chained.account,
        chained.delivery_id,
        sum(
            case
                when chained.place = chained.place_before then (chained.booked <> chained.booked_before)::integer
                else (chained.booked <> 0)::integer + (chained.booked_before <> 0)::integer
            end
        ) as entries,
        sum(chained.booked - chained.booked_before) as amount
    from chained
    where not exists (
        select
        from finance.kept as kept
        where kept.account = chained.account
            and kept.last_delivery_id >= chained.delivery_id
    )
    group by chained.account, chained.delivery_id
    union all
    select moved.account, moved.delivery_id, count(*), sum(moved.amount)
    from finance.numbered_movements as moved
    inner join finance.kept as kept
        on kept.account = moved.account
        and kept.last_delivery_id >= moved.delivery_id
    group by moved.account, moved.delivery_id
    union all
    select
        correction.account,
        (
            select min(delivery.delivery_id)
            from etl.deliveries as delivery
            where delivery.account = correction.account
                and delivery.delivery_id > kept.last_delivery_id
        ),
        count(*),
        sum(correction.amount)
    from finance.corrections as correction
    inner join finance.kept as kept on kept.account = correction.account
    group by correction.account, kept.last_delivery_id
)

select handoff.account, handoff.handoff_number
from finance.handoffs as handoff
left join given
    on given.account = handoff.account
    and given.delivery_id between handoff.first_delivery_id and handoff.last_delivery_id
group by handoff.account, handoff.handoff_number, handoff.entries, handoff.amount
having handoff.entries <> coalesce(sum(given.entries), 0)
    or handoff.amount <> coalesce(sum(given.amount), 0)
