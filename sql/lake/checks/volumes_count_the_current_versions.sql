-- The volumes count every current version, with its fee.
select volumes.reservations
from (
    select coalesce(sum(reservations), 0) as reservations, coalesce(sum(fee_total), 0) as fees
    from daily_volumes
) as volumes
cross join (
    select count(*) as versions, coalesce(sum(examination_fee), 0) as fees
    from history
    where valid_to is null
) as versions
where volumes.reservations <> versions.versions or volumes.fees <> versions.fees
