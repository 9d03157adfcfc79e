-- A version starts where the one before it ends: no gap, no overlap.
with
-- Each version beside the end of the one before it.
chained as (
    select
        versions.account,
        versions.serial_number,
        versions.version,
        versions.valid_from,
        lag(versions.valid_to) over (
            partition by versions.account, versions.serial_number order by versions.version
        ) as previous_valid_to
    from warehouse.reservation_versions as versions
)

select chained.account, chained.serial_number, chained.version
from chained
where chained.previous_valid_to <> chained.valid_from
