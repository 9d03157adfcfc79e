-- Purpose: the decoding of this lake ($1) that is not published yet, and whether it has this account ($2), decoded by this contract ($3).
-- None, if it is closed and not what is asked for: an account of these ($4) that is decoded already. Reads only.
select
    decoding.decoding_id::text as decoding_id,
    known.is_decoded
from etl.lake_decodings as decoding
cross join lateral (
    select exists (
        select
        from etl.lake_decoded_accounts as decoded
        where decoded.decoding_id = decoding.decoding_id
            and decoded.account = $2
            and decoded.contract_sha256 = $3
    ) as is_decoded
) as known
where decoding.lake = $1
    and decoding.published_at is null
    and (
        decoding.closed_at is null
        or (known.is_decoded and decoding.accounts = $4::text[])
    )
