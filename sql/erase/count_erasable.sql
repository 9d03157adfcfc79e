-- Purpose: how much of the person the account holds: versions with one of its person_ids ($2) and all versions of the
-- reservations $3. $4: the rejections in whose records the person was found; those of these reservations count, too. $5: the
-- rows of the inbox of arrivals in which the number was found; decided ones of these reservations and rejections count, too.
-- What was erased before does not count again. Reads only.
with
-- The versions.
owned as (
    select versions.serial_number
    from warehouse.reservation_versions as versions
    where versions.account = $1
        and get_byte(versions.fingerprint, 0) <> 0
        and (versions.person_id = any($2::bytea[]) or versions.serial_number = any($3::text[]))
)

select
    (select count(distinct owned.serial_number) from owned) as reservations,
    (select count(*) from owned) as versions,
    (
        select count(*)
        from etl.rejections as refused
        where refused.account = $1
            and refused.sealed_record is not null
            and (refused.rejection_id = any($4::bigint[]) or refused.serial_number = any($3::text[]))
    ) as rejections,
    (
        select count(*)
        from etl.arrival_inbox as inbox
        where inbox.account = $1
            and (
                inbox.inbox_id = any($5::bigint[])
                or (
                    inbox.finished_at is not null
                    and (
                        inbox.serial_number = any($3::text[])
                        or inbox.serial_number in (
                            select refused.serial_number
                            from etl.rejections as refused
                            where refused.account = $1
                                and refused.rejection_id = any($4::bigint[])
                        )
                    )
                )
            )
    ) as inbox_rows
