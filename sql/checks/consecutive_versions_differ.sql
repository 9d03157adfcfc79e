-- Two versions in a row never have the same content: a re-delivery opens nothing.
-- Invariant: Delivering something again opens nothing.
with
-- Each version beside the content of the one before it.
chained as (
    select
        versions.account,
        versions.serial_number,
        versions.version,
        versions.fingerprint,
        lag(versions.fingerprint) over (
            partition by versions.account, versions.serial_number order by versions.version
        ) as previous_fingerprint
    from warehouse.reservation_versions as versions
)

select chained.account, chained.serial_number, chained.version
from chained
where chained.previous_fingerprint = chained.fingerprint
