-- Purpose: whatever is decoded for this lake ($1), published or not. Reads only.
select decoding.decoding_id::text as decoding_id
from etl.lake_decodings as decoding
where decoding.lake = $1
