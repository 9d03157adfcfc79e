-- Purpose: the decoding of this lake ($1) that the pointer is about to name, and the files of each account. Reads only.
select
    decoding.decoding_id::text as decoding_id,
    array_agg(decoded.files order by decoded.account) as files
from etl.lake_decodings as decoding
inner join etl.lake_decoded_accounts as decoded on decoded.decoding_id = decoding.decoding_id
where decoding.lake = $1
    and decoding.closed_at is not null
    and decoding.published_at is null
group by decoding.decoding_id
