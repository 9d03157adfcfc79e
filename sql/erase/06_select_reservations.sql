-- Purpose: the reservations that were the person's ($2: every person_id of it) in any version, and whose document each of them
-- is now: is_alike where the name and the phone are those of a version that is the person's. Reads only.
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
    (current.name, current.mobile) in (
        select own.name, own.mobile from own where own.name is not null and own.mobile is not null
    ) is true as is_alike
from (select distinct own.serial_number from own) as owned
inner join warehouse.reservation_versions as current
    on current.account = $1
    and current.serial_number = owned.serial_number
    and current.valid_to = 'infinity'
order by current.serial_number
