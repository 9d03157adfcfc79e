-- A version ends where the next one begins, and only the last one has no end.
select
    account,
    serial_number,
    version
from (
    select
        account,
        serial_number,
        version,
        valid_to,
        lead(valid_from) over (partition by account, serial_number order by version) as next_valid_from
    from {{ source('mart', 'reservation_versions') }}
) as versions
where valid_to is distinct from next_valid_from
