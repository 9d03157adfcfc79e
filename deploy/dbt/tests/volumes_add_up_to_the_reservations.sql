-- Every reservation is counted in the daily volumes, once.
select 1 as differs
where (select coalesce(sum(reservations), 0) from {{ source('mart', 'daily_volumes') }})
    <> (select count(*) from {{ source('mart', 'reservations_current') }})
