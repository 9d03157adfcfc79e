-- Purpose: as sql/load/05_select_unconfirmed_versions.sql, on the shadow; a test holds the two against each other.
with
-- How many states of each reservation that delivery brought.
delivered as (
    select states.serial_number, count(*) as states
    from (
        select versions.serial_number
        from unnest($2::text[]) as wanted (serial_number)
        cross join lateral (
            select known.serial_number
            from replay.reservation_versions as known
            where known.account = $1
                and known.serial_number = wanted.serial_number
                and known.delivery_id = any($3)
            offset 0
        ) as versions
        union all
        select unchanged.serial_number
        from unnest($2::text[]) as wanted (serial_number)
        cross join lateral (
            select known.serial_number
            from replay.unchanged_records as known
            where known.delivery_id = any($3)
                and known.serial_number = wanted.serial_number
            offset 0
        ) as unchanged
    ) as states
    group by states.serial_number
    having count(*) > 1
)

select delivered.serial_number, tail.fingerprints
from delivered
cross join lateral (
    select array_agg(newest.fingerprint order by newest.version) as fingerprints
    from (
        select versions.version, versions.fingerprint
        from replay.reservation_versions as versions
        where versions.account = $1
            and versions.serial_number = delivered.serial_number
        order by versions.version desc
        limit delivered.states
    ) as newest
) as tail
