-- Purpose: the pointer of this lake ($1) names what was decoded ($2); what was decoded before is forgotten. Idempotent.
with
forgotten as (
    delete from etl.lake_decodings as decoding
    where decoding.lake = $1
        and decoding.published_at is not null
        and decoding.decoding_id <> $2::text::uuid
)

update etl.lake_decodings as decoding
set published_at = now()
where decoding.decoding_id = $2::text::uuid
