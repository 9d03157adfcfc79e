-- Purpose: per month of check dates and hospital, reservations in all and by package, channel, lead time, age and sex,
-- with the people in each, by which it is decided what the page may show. $1: accounts; null: every one.
-- $2, $3: first and last check date. $4: the days at which a group of lead times begins, 0 left out; its code is the
-- group's number, from 0. What came with the first load has no lead time: it is 'backlog' instead. Reads only.
--
-- payers, free: people whose amount is more than nothing, and those who have a reservation and no amount. own_…: a person who is
-- in several cells of a hospital, month and dimension counts in one of them, so that sums of these are never more people than
-- there are.
with chosen as (
    -- Every reservation once for each dimension. One without a pseudonym is a person of its own.
    select
        current.account,
        current.hospital_code,
        date_trunc('month', current.check_date)::date as month,
        coalesce(current.person_id, current.serial_number) as person,
        current.is_cancelled,
        dimension.dimension,
        dimension.code,
        dimension.name,
        dimension.amount
    from mart.reservations_current as current
    cross join lateral (
        values
            ('total', null, null, current.examination_fee * 100),
            ('package', current.hospital_package_id, current.hospital_package_name, current.examination_fee * 100),
            ('channel', current.data_sources, null, current.examination_fee * 100),
            (
                case when current.is_backlog then 'backlog' else 'lead_time' end,
                case
                    when not current.is_backlog
                        then width_bucket(greatest(current.check_date - current.booked_date, 0), $4::integer[])::text
                end,
                null,
                case when not current.is_backlog then greatest(current.check_date - current.booked_date, 0) end
            ),
            ('age_sex', coalesce(current.age_band, '') || '/' || coalesce(current.sex_code, ''), null, null)
    ) as dimension (dimension, code, name, amount)
    where ($1::text[] is null or current.account = any($1))
        and current.check_date between $2 and $3
),
persons as (
    -- What each person adds to each cell; where somebody is counted once, it is where a reservation was not cancelled.
    select
        chosen.account,
        chosen.hospital_code,
        chosen.month,
        chosen.dimension,
        chosen.code,
        chosen.name,
        count(*) filter (where not chosen.is_cancelled) as reservations,
        count(*) filter (where chosen.is_cancelled) as cancelled,
        sum(chosen.amount) filter (where not chosen.is_cancelled) as amount,
        row_number() over (
            partition by chosen.account, chosen.hospital_code, chosen.month, chosen.dimension, chosen.person
            order by bool_and(chosen.is_cancelled), chosen.code, chosen.name
        ) = 1 as is_own
    from chosen
    group by
        chosen.account,
        chosen.hospital_code,
        chosen.month,
        chosen.dimension,
        chosen.code,
        chosen.name,
        chosen.person
)
select
    persons.dimension,
    persons.account,
    persons.hospital_code,
    persons.code,
    persons.name,
    persons.month,
    sum(persons.reservations)::bigint as reservations,
    sum(persons.cancelled)::bigint as cancelled,
    coalesce(sum(persons.amount), 0)::bigint as amount,
    count(*) as people,
    count(*) filter (where persons.amount > 0) as payers,
    count(*) filter (where persons.reservations > 0 and persons.amount > 0 is not true) as free,
    count(*) filter (where persons.is_own) as own_people,
    count(*) filter (where persons.is_own and persons.amount > 0) as own_payers,
    count(*) filter (where persons.is_own and persons.reservations > 0 and persons.amount > 0 is not true) as own_free
from persons
group by persons.dimension, persons.account, persons.hospital_code, persons.code, persons.name, persons.month
order by persons.dimension, persons.month, persons.account, persons.hospital_code, persons.code, persons.name
