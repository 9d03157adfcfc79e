-- Purpose: begin a decoding of this lake ($1) for these accounts ($2), unless one is open. Idempotent.
insert into etl.lake_decodings (lake, accounts)
values ($1, $2)
on conflict (lake) where closed_at is null do nothing
