-- Purpose: since which version the platform may deliver a reservation again, by the numbers of the replay ($1: the account).
update etl.unconfirmed_reservations as known
set since_version = replayed.since_version
from replay.unconfirmed_reservations as replayed
where known.account = $1
    and replayed.account = known.account
    and replayed.serial_number = known.serial_number
    and replayed.noted_by = known.noted_by
