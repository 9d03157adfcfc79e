-- Purpose: whose the versions of an erasure are: serialNumber ($2), the delivery that opened each ($4), how many versions it opened
-- behind it ($5), and the delivery that opened the next one ($6); of an older program's erasure only the number ($3; null: it
-- is not to be relied upon). Reads only.
-- Behind a lost delivery the same state may have opened its version later; until the next version it is the last of its
-- delivery. Nothing is left to chance where none of a reservation's versions is found, and one of them may be there otherwise:
-- that reservation is doubtful.
with
own as (
    select own.serial_number, own.version, own.delivery_id, own.behind, own.until
    from unnest($2::text[], $3::integer[], $4::bigint[], $5::integer[], $6::bigint[])
        as own (serial_number, version, delivery_id, behind, until)
),

-- All versions of these reservations.
known as (
    select
        versions.serial_number,
        versions.version,
        versions.person_id,
        versions.delivery_id,
        count(*) over (partition by versions.serial_number, versions.delivery_id)
        - row_number() over (partition by versions.serial_number, versions.delivery_id order by versions.version) as behind
    from warehouse.reservation_versions as versions
    where versions.account = $1
        and versions.serial_number = any($2::text[])
),

-- The same versions, wherever they are now.
found as (
    select own.serial_number, known.person_id
    from own
    inner join known
        on known.serial_number = own.serial_number
        and case
            when own.delivery_id is null then known.version = own.version
            when known.delivery_id = own.delivery_id then known.behind = own.behind
            else own.behind = 0
                and known.behind = 0
                and known.delivery_id > own.delivery_id
                and (own.until is null or known.delivery_id < own.until)
        end
    where known.person_id is not null
)

select found.serial_number, found.person_id, false as is_doubtful
from found
union
select own.serial_number, null, true
from own
where not exists (
        select
        from found
        where found.serial_number = own.serial_number
    )
    and (
        own.delivery_id is null
        or exists (
            select
            from etl.deliveries as delivery
            where delivery.delivery_id = own.delivery_id
        )
        or exists (
            select
            from known
            where known.serial_number = own.serial_number
                and known.delivery_id > own.delivery_id
                and known.behind > 0
        )
    )
