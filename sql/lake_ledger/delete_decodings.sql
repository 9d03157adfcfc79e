-- Purpose: nothing that was decoded for this lake ($1) is to be read any more. Idempotent.
delete from etl.lake_decodings as decoding
where decoding.lake = $1
