-- Purpose: an open decoding of this lake ($1) for other accounts than these ($2) is not continued.
delete from etl.lake_decodings as decoding
where decoding.lake = $1
    and decoding.closed_at is null
    and decoding.accounts <> $2::text[]
