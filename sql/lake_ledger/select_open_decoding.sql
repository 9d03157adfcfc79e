-- Purpose: the open decoding of this lake ($1), how many of its accounts are decoded, and their files. Reads only.
select
    decoding.decoding_id::text as decoding_id,
    cardinality(decoding.accounts)::bigint as accounts,
    count(decoded.account) as decoded,
    array_agg(decoded.files order by decoded.account) filter (where decoded.account is not null) as files
from etl.lake_decodings as decoding
left join etl.lake_decoded_accounts as decoded on decoded.decoding_id = decoding.decoding_id
where decoding.lake = $1
    and decoding.published_at is null
group by decoding.decoding_id
