-- Purpose: the versions that are somebody's ($2: every person_id), and where they came from: the delivery, how many versions it
-- opened behind this one, and the delivery that opened the next version. Reads only.
with
-- All versions of the reservations.
known as (
    select
        versions.serial_number,
        versions.version,
        versions.person_id,
        versions.delivery_id,
        (
            count(*) over (partition by versions.serial_number, versions.delivery_id)
            - row_number() over (partition by versions.serial_number, versions.delivery_id order by versions.version)
        )::integer as behind,
        lead(versions.delivery_id) over (partition by versions.serial_number order by versions.version) as until
    from warehouse.reservation_versions as versions
    where versions.account = $1
        and versions.serial_number in (
            select own.serial_number
            from warehouse.reservation_versions as own
            where own.account = $1
                and own.person_id = any($2::bytea[])
        )
)

select known.serial_number, known.version, known.delivery_id, known.behind, known.until
from known
where known.person_id = any($2::bytea[])
order by known.serial_number, known.version
