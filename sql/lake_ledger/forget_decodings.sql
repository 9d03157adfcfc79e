-- Purpose: the pointer of this lake ($1) names what was decoded under this id ($2), and nothing that was decoded before. Idempotent.
delete from etl.lake_decodings as decoding
where decoding.lake = $1
    and decoding.closed_at is not null
    and decoding.decoding_id <> $2::text::uuid
