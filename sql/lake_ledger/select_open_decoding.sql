-- Purpose: how many accounts of the open decoding of this lake ($1) are decoded, and of how many. Reads only.
select
    cardinality(decoding.accounts)::bigint as accounts,
    count(decoded.account) as decoded
from etl.lake_decodings as decoding
left join etl.lake_decoded_accounts as decoded on decoded.decoding_id = decoding.decoding_id
where decoding.lake = $1
    and decoding.closed_at is null
group by decoding.decoding_id
