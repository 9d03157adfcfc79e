-- Purpose: each arrival that is taken is owed to the platform, from the same transaction on. One that was withdrawn and comes
-- again has its row already; one that was not would be an error of ours, and stops the transaction where arrivals are inserted.
insert into etl.outbox as owed (account, kind, key)
select $1, 'arrival', taken.serial_number
from unnest($2::text[]) with ordinality as taken (serial_number, position)
order by taken.position
on conflict (account, key) where kind = 'arrival' do update
set
    state = 'pending',
    attempts = 0,
    last_error = null,
    finished_at = null,
    withdrawn_by = null
where owed.state = 'superseded'
