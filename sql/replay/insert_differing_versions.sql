-- Purpose: what differs between the account's shadow and its live history.
insert into pg_temp.differing_versions (serial_number, version, kind, live_check_date, replay_check_date, columns)
select
    differing.serial_number,
    differing.version,
    differing.kind,
    differing.live_check_date,
    differing.replay_check_date,
    differing.columns
from replay.differences as differing
where differing.account = $1
