-- Purpose: records under another key, with their digests.
update etl.rejections as refused
set
    sealed_record = sealed.sealed_record,
    content_sha256 = sealed.keyed_digest
from unnest($1::bigint[], $2::bytea[], $3::bytea[]) as sealed (rejection_id, keyed_digest, sealed_record)
where refused.rejection_id = sealed.rejection_id
