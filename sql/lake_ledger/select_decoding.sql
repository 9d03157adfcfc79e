-- Purpose: the open decoding of this lake ($1), and whether it has this account ($2), decoded by this contract ($3). Reads only.
select
    decoding.decoding_id::text as decoding_id,
    exists (
        select
        from etl.lake_decoded_accounts as decoded
        where decoded.decoding_id = decoding.decoding_id
            and decoded.account = $2
            and decoded.contract_sha256 = $3
    ) as is_decoded
from etl.lake_decodings as decoding
where decoding.lake = $1
    and decoding.closed_at is null
