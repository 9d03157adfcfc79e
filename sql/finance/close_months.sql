-- Purpose: close every month of an account up to this one ($2, its first day) that is still open, from that of its first handoff
-- on, and store its figures. One statement, so a month is there whole or not at all. Idempotent: a closed month stays as it is.
-- The month must be over, and what was delivered in it handed over. Returns what it has closed, oldest first.
with
-- How far it is closed.
closed as (
    select max(months.posting_month) as posting_month, coalesce(max(months.last_handoff_number), 0) as last_handoff_number
    from finance.months as months
    where months.account = $1
),

-- Each open month, with its last handoff.
open_months as (
    select
        series.month::date as posting_month,
        (series.month + interval '1 month') at time zone 'Asia/Shanghai' as ends_at,
        greatest(
            closed.last_handoff_number,
            (
                select max(handoff.handoff_number)
                from finance.handoffs as handoff
                where handoff.account = $1
                    and handoff.as_of < (series.month + interval '1 month') at time zone 'Asia/Shanghai'
            )
        ) as last_handoff_number,
        closed.last_handoff_number as closed_handoff_number
    from closed
    cross join lateral generate_series(
        coalesce(
            closed.posting_month + interval '1 month',
            (
                select date_trunc('month', min(handoff.as_of) at time zone 'Asia/Shanghai')
                from finance.handoffs as handoff
                where handoff.account = $1
            )
        ),
        $2::date::timestamp,
        interval '1 month'
    ) as series (month)
),

closing as (
    insert into finance.months (account, posting_month, first_handoff_number, last_handoff_number)
    select
        $1,
        open_months.posting_month,
        lag(open_months.last_handoff_number, 1, open_months.closed_handoff_number) over (
            order by open_months.posting_month
        ) + 1,
        open_months.last_handoff_number
    from open_months
    returning posting_month, first_handoff_number, last_handoff_number, closed_at
),

-- What the entries of each open month move, place by place.
moved as (
    select
        closing.posting_month,
        entry.hospital_code,
        coalesce(entry.pay_type, '') as pay_type,
        entry.check_month,
        sum(entry.amount) filter (where entry.entry_kind = 'posting' and is_earlier is false) as postings,
        sum(entry.amount) filter (where entry.entry_kind = 'adjustment' and is_earlier is false) as adjustments,
        sum(entry.amount) filter (where entry.entry_kind = 'reversal' and is_earlier is false) as reversals,
        sum(entry.amount) filter (where is_earlier) as earlier_months,
        sum(entry.amount) as amount
    from finance.numbered_movements as entry
    inner join closing
        on entry.handoff_number between closing.first_handoff_number and closing.last_handoff_number
    cross join lateral (select entry.check_month < closing.posting_month as is_earlier) as compared
    where entry.account = $1
    group by closing.posting_month, entry.hospital_code, coalesce(entry.pay_type, ''), entry.check_month
),

-- Where the closed months have left off.
carried as (
    select balance.*
    from finance.month_balances as balance
    inner join closed on closed.posting_month = balance.posting_month
    where balance.account = $1
        and balance.closing <> 0
),

extent as (
    select min(closing.posting_month) as first_month, max(closing.last_handoff_number) as last_handoff_number
    from closing
),

-- What hospitals were called last, month by month (up to the first open one: by then); of what leaves one (line 1), the name
-- that it came under. Found once, and not for every place again; by the last entry, whose name is looked up then: nobody sorts a
-- million entries for it.
named as materialized (
    select
        last.posting_month,
        last.hospital_code,
        last.line_number,
        called.hospital_name
    from (
        select
            coalesce(closing.posting_month, extent.first_month) as posting_month,
            entry.hospital_code,
            entry.line_number,
            max(entry.handoff_number) as handoff_number,
            max(entry.entry_number) as entry_number
        from extent
        inner join finance.numbered_movements as entry
            on entry.account = $1
            and entry.handoff_number <= extent.last_handoff_number
            and entry.hospital_name <> ''
        left join closing
            on entry.handoff_number between closing.first_handoff_number and closing.last_handoff_number
        group by coalesce(closing.posting_month, extent.first_month), entry.hospital_code, entry.line_number
    ) as last
    cross join lateral (
        select entry.hospital_name
        from finance.numbered_movements as entry
        where entry.account = $1
            and entry.handoff_number = last.handoff_number
            and entry.entry_number = last.entry_number
        limit 1
    ) as called
),

-- Entries of people who have come, in the month from which on both are known, or the first open one; and where they stood before.
arrived as (
    select
        greatest(
            closing.posting_month,
            date_trunc('month', arrival.arrived_at at time zone 'Asia/Shanghai')::date,
            extent.first_month
        ) as posting_month,
        entry.hospital_code,
        coalesce(entry.pay_type, '') as pay_type,
        entry.check_month,
        entry.amount,
        lag(entry.hospital_code) over reservation as left_hospital_code,
        lag(entry.check_month) over reservation as left_check_month
    from extent
    inner join finance.numbered_movements as entry
        on entry.account = $1
        and entry.handoff_number <= extent.last_handoff_number
    inner join warehouse.arrivals as arrival
        on arrival.account = entry.account
        and arrival.serial_number = entry.serial_number
    left join closing
        on entry.handoff_number between closing.first_handoff_number and closing.last_handoff_number
    window reservation as (partition by entry.serial_number order by entry.entry_number)
),

-- What they move.
performed as (
    select
        arrived.posting_month,
        arrived.hospital_code,
        arrived.pay_type,
        arrived.check_month,
        sum(arrived.amount) as amount
    from arrived
    group by arrived.posting_month, arrived.hospital_code, arrived.pay_type, arrived.check_month
),

-- How many more of them a hospital's check month has: each is where the last entry puts it.
standing as (
    select moves.posting_month, moves.hospital_code, moves.check_month, sum(moves.people) as people
    from (
        select arrived.posting_month, arrived.hospital_code, arrived.check_month, 1 as people
        from arrived
        union all
        select arrived.posting_month, arrived.left_hospital_code, arrived.left_check_month, -1 as people
        from arrived
        where arrived.left_hospital_code is not null
    ) as moves
    group by moves.posting_month, moves.hospital_code, moves.check_month
),

-- Every place that there is.
places as (
    select moved.hospital_code, moved.pay_type, moved.check_month from moved
    union
    select carried.hospital_code, carried.pay_type, carried.check_month from carried
    union
    select performed.hospital_code, performed.pay_type, performed.check_month from performed
),

-- Each place in each month. Arrivals are reported of a hospital's check month, whatever the way of payment.
figures as (
    select
        closing.posting_month,
        places.hospital_code,
        places.pay_type,
        places.check_month,
        (
            select named.hospital_name
            from named
            where named.hospital_code = places.hospital_code
                and named.posting_month <= closing.posting_month
            order by named.line_number desc, named.posting_month desc
            limit 1
        ) as hospital_name,
        coalesce(carried.closing, 0) + coalesce(sum(moved.amount) over place, 0) as closing,
        coalesce(moved.postings, 0) as postings,
        coalesce(moved.adjustments, 0) as adjustments,
        coalesce(moved.reversals, 0) as reversals,
        coalesce(moved.earlier_months, 0) as earlier_months,
        coalesce(moved.amount, 0) as amount,
        case
            when sum(standing.people) over (
                partition by places.hospital_code, places.check_month
                order by closing.posting_month
            ) > 0 then coalesce(sum(performed.amount) over place, 0)
            when places.check_month > closing.posting_month then 0
        end as performed,
        moved.posting_month is not null as is_moved
    from closing
    cross join places
    left join carried
        on carried.hospital_code = places.hospital_code
        and carried.pay_type = places.pay_type
        and carried.check_month = places.check_month
    left join moved
        on moved.posting_month = closing.posting_month
        and moved.hospital_code = places.hospital_code
        and moved.pay_type = places.pay_type
        and moved.check_month = places.check_month
    left join performed
        on performed.posting_month = closing.posting_month
        and performed.hospital_code = places.hospital_code
        and performed.pay_type = places.pay_type
        and performed.check_month = places.check_month
    left join standing
        on standing.posting_month = closing.posting_month
        and standing.hospital_code = places.hospital_code
        and standing.check_month = places.check_month
    window
        place as (
            partition by places.hospital_code, places.pay_type, places.check_month
            order by closing.posting_month
        )
),

stored as (
    insert into finance.month_balances (
        account, posting_month, hospital_code, pay_type, check_month, hospital_name, pay_type_zh, opening, postings, adjustments,
        reversals, earlier_months, closing, performed
    )
    select
        $1,
        figures.posting_month,
        figures.hospital_code,
        figures.pay_type,
        figures.check_month,
        figures.hospital_name,
        label.label_zh,
        figures.closing - figures.amount,
        figures.postings,
        figures.adjustments,
        figures.reversals,
        figures.earlier_months,
        figures.closing,
        figures.performed
    from figures
    left join mart.code_labels as label
        on label.account = $1
        and label.column_name = 'pay_type'
        and label.code = figures.pay_type
    where figures.closing <> figures.amount
        or figures.is_moved
    returning *
)

-- Amounts as texts: no reader of the journal shall round them.
select
    closing.posting_month,
    closing.first_handoff_number,
    closing.last_handoff_number,
    closing.closed_at,
    coalesce(
        jsonb_agg(
            jsonb_build_object(
                'hospital_code', stored.hospital_code,
                'pay_type', stored.pay_type,
                'check_month', stored.check_month,
                'hospital_name', stored.hospital_name,
                'pay_type_zh', stored.pay_type_zh,
                'opening', stored.opening::text,
                'postings', stored.postings::text,
                'adjustments', stored.adjustments::text,
                'reversals', stored.reversals::text,
                'earlier_months', stored.earlier_months::text,
                'closing', stored.closing::text,
                'performed', stored.performed::text
            )
            order by stored.hospital_code collate "C", stored.pay_type collate "C", stored.check_month
        ) filter (where stored.account is not null),
        '[]'
    )::text as balances
from closing
left join stored on stored.posting_month = closing.posting_month
group by closing.posting_month, closing.first_handoff_number, closing.last_handoff_number, closing.closed_at
order by closing.posting_month
