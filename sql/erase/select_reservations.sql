-- Purpose: the reservations that were the person's ($2: every person_id of it) in any version, and whose document each of them
-- is now: is_alike where the name and the phone are those of another reservation of the person. Reads only.
with
-- The person's versions.
own as (
    select versions.serial_number, versions.name, versions.mobile
    from warehouse.reservation_versions as versions
    where versions.account = $1
        and versions.person_id = any($2::bytea[])
)

select
    current.serial_number,
    current.card_type,
    current.idcard,
    coalesce(current.person_id = any($2::bytea[]), false) as is_own,
    exists (
        select
        from own
        where own.serial_number <> current.serial_number
            and own.name = current.name
            and own.mobile = current.mobile
    ) as is_alike
from (select distinct own.serial_number from own) as owned
inner join warehouse.reservation_versions as current
    on current.account = $1
    and current.serial_number = owned.serial_number
    and current.valid_to = 'infinity'
order by current.serial_number
