-- Purpose: begin a decoding of this lake ($1) for these accounts ($2), unless one is not published yet. Idempotent.
insert into etl.lake_decodings (lake, accounts)
values ($1, $2)
on conflict (lake) where published_at is null do nothing
