-- Purpose: history files with versions of the person ($2: every person_id, $3: whole reservations) are owed again. Before the
-- versions forget whose they were. Idempotent.
delete from etl.exports as made
using (
    select distinct to_char(versions.check_date, 'YYYY-MM') as part
    from warehouse.reservation_versions as versions
    where versions.account = $1
        and (versions.person_id = any($2::bytea[]) or versions.serial_number = any($3::text[]))
) as month
where made.account = $1
    and made.target like 'history %'
    and made.part = month.part
