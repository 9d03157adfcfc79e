-- Purpose: a reservation whose last state in the chunk was accepted has no open rejection. Idempotent.
update etl.rejections as known
set resolved_at = $2
where known.account = $1
    and known.serial_number = any($3)
    and known.resolved_at is null
