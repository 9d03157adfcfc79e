-- Purpose: whether anything is decoded for this lake ($1) under this id ($2), published or not. Reads only.
select exists (
    select
    from etl.lake_decodings as decoding
    where decoding.lake = $1
        and decoding.decoding_id::text = $2
) as has_decoding
