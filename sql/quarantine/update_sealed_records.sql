-- Purpose: the sealed forms of records, and their digests under the same key: where there was none yet, or under another key.
-- The caller has locked the rows.
update etl.rejections as refused
set
    sealed_record = sealed.sealed_record,
    content_sha256 = sealed.keyed_digest
from unnest($1::bigint[], $2::bytea[], $3::bytea[]) as sealed (rejection_id, keyed_digest, sealed_record)
where refused.rejection_id = sealed.rejection_id
