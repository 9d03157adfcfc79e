-- Purpose: of the decoding of this lake ($1) that is not published yet, how many accounts are decoded, and of how many. Reads only.
select
    cardinality(decoding.accounts)::bigint as accounts,
    count(decoded.account) as decoded
from etl.lake_decodings as decoding
left join etl.lake_decoded_accounts as decoded on decoded.decoding_id = decoding.decoding_id
where decoding.lake = $1
    and decoding.published_at is null
group by decoding.decoding_id
