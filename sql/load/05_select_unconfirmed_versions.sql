-- Purpose: of a chunk's reservations of which the unconfirmed delivery $3 brought several states, the contents of as many
-- versions from the history's end, oldest first: these states come again. Reads only.
with
-- How many states of each reservation that delivery brought.
delivered as (
    select states.serial_number, count(*) as states
    from (
        select versions.serial_number
        from warehouse.reservation_versions as versions
        where versions.account = $1
            and versions.serial_number = any($2)
            and versions.delivery_id = $3
        union all
        select unchanged.serial_number
        from etl.unchanged_records as unchanged
        where unchanged.delivery_id = $3
            and unchanged.serial_number = any($2)
    ) as states
    group by states.serial_number
    having count(*) > 1
)

select delivered.serial_number, array_agg(versions.fingerprint order by versions.version)
from delivered
inner join warehouse.reservation_versions as current
    on current.account = $1
    and current.serial_number = delivered.serial_number
    and current.valid_to = 'infinity'
inner join warehouse.reservation_versions as versions
    on versions.account = $1
    and versions.serial_number = delivered.serial_number
    and versions.version > current.version - delivered.states
group by delivered.serial_number
