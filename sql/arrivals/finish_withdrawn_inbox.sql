-- Purpose: what else came in of withdrawn arrivals and is not decided yet is a repetition of them: the next run would take it
-- for a new arrival. Idempotent.
update etl.arrival_inbox as inbox
set
    state = 'repeated',
    reason = 'already_taken',
    finished_at = now()
where inbox.account = $1
    and inbox.serial_number = any($2)
    and inbox.state = 'open'
