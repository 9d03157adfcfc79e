-- Purpose: the open decoding of this lake ($1) takes no more, if all of its accounts are decoded: it is to be published. Idempotent.
update etl.lake_decodings as decoding
set closed_at = now()
where decoding.lake = $1
    and decoding.closed_at is null
    and cardinality(decoding.accounts) = (
        select count(*)
        from etl.lake_decoded_accounts as decoded
        where decoded.decoding_id = decoding.decoding_id
    )
