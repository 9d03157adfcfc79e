-- Purpose: how much of the person ($2) the account holds. $3: the rejections in whose records the person was found; those
-- of the person's reservations count, too. $4: the rows of the inbox of arrivals in which the number was found; decided ones of
-- the person's reservations and rejections count, too. Reads only.
with
-- The reservations that were the person's in any version.
owned as (
    select distinct versions.serial_number
    from warehouse.reservation_versions as versions
    where versions.account = $1
        and versions.person_id = $2
)

select
    (select count(*) from owned) as reservations,
    (
        select count(*)
        from warehouse.reservation_versions as versions
        where versions.account = $1
            and versions.person_id = $2
    ) as versions,
    (
        select count(*)
        from etl.rejections as refused
        where refused.account = $1
            and refused.sealed_record is not null
            and (
                refused.rejection_id = any($3::bigint[])
                or refused.serial_number in (select owned.serial_number from owned)
            )
    ) as rejections,
    (
        select count(*)
        from etl.arrival_inbox as inbox
        where inbox.account = $1
            and (
                inbox.inbox_id = any($4::bigint[])
                or (
                    inbox.finished_at is not null
                    and (
                        inbox.serial_number in (select owned.serial_number from owned)
                        or inbox.serial_number in (
                            select refused.serial_number
                            from etl.rejections as refused
                            where refused.account = $1
                                and refused.rejection_id = any($3::bigint[])
                        )
                    )
                )
            )
    ) as inbox_rows
