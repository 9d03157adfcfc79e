-- Purpose: remember up to which delivery a part of a target is made. Idempotent.
insert into etl.exports as known (account, target, part, delivery_id, path, rows, sha256)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (account, target, part) do update
set
    delivery_id = excluded.delivery_id,
    exported_at = now(),
    path = excluded.path,
    rows = excluded.rows,
    sha256 = excluded.sha256
