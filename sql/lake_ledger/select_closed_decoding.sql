-- Purpose: the newest decoding of this lake ($1) of which every account is decoded, and the files of each. Reads only.
select
    decoding.decoding_id::text as decoding_id,
    array_agg(decoded.files order by decoded.account) as files
from etl.lake_decodings as decoding
inner join etl.lake_decoded_accounts as decoded on decoded.decoding_id = decoding.decoding_id
where decoding.lake = $1
    and decoding.closed_at is not null
group by decoding.decoding_id
order by decoding.closed_at desc
limit 1
