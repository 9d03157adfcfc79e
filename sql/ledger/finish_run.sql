-- Purpose: note how a run ended. Idempotent.
update etl.runs as run
set
    finished_at = now(),
    outcome = $2,
    failure = $3,
    seconds = $4,
    retention_note = $5
where run.run_id = $1
