-- Purpose: the first $5 reservations that are not the person's ($2: every person_id, $3: the reservations to erase) by number,
-- and look as if they were: the name and the phone, or the health card, of one of those versions; or the number ($4), of
-- another kind of document. Reads only.
with
-- Who is to be erased, as delivered.
persons as (
    select distinct versions.name, versions.mobile, versions.erhc_no
    from warehouse.reservation_versions as versions
    where versions.account = $1
        and versions.serial_number = any($3::text[])
)

select distinct versions.serial_number
from warehouse.reservation_versions as versions
where versions.account = $1
    and versions.serial_number <> all($3::text[])
    and (versions.person_id = any($2::bytea[])) is not true
    and (
        (versions.name, versions.mobile) in (
            select persons.name, persons.mobile from persons where persons.name <> '' and persons.mobile <> ''
        )
        or versions.erhc_no in (select persons.erhc_no from persons where persons.erhc_no <> '')
        or upper(btrim(versions.idcard)) = $4
    )
order by versions.serial_number
limit $5
