-- Purpose: the ledger's note that a replay has taken the live history's place.
update etl.replays as replayed
set swapped_at = now()
where replayed.replay_id = $1
