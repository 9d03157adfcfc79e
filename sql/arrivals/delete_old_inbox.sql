-- Purpose: rows of the inbox past their days: decided since before $2. What was taken stays in warehouse.arrivals. Idempotent.
delete from etl.arrival_inbox as inbox
where inbox.account = $1
    and inbox.finished_at < $2
