-- Purpose: the sealed forms of records under another key, and their digests under the same.
-- The caller has locked the rows.
update etl.rejections as refused
set
    sealed_record = sealed.sealed_record,
    content_sha256 = sealed.keyed_digest
from unnest($1::bigint[], $2::bytea[], $3::bytea[]) as sealed (rejection_id, keyed_digest, sealed_record)
where refused.rejection_id = sealed.rejection_id
