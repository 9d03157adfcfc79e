-- Quarantined records are sealed by the program, under a key that the database does not know. What is there in plain text
-- is sealed by the next `tijian run` or `tijian migrate` that has the site key; a check says whether any is left.

alter table etl.rejections add column sealed_record bytea;

-- What is left in plain text is found at no cost, every night.
create index rejections_plain_idx on etl.rejections (rejection_id) where record is not null;

comment on column etl.rejections.record is '旧版本留下的明文记录，封存或删除后为空 | Plain record of a version that did not seal yet; null once it is sealed or erased';
comment on column etl.rejections.sealed_record is '加密封存的原始记录（AES-256-GCM，含密钥编号）；为空表示已删除 | The record as delivered, sealed with AES-256-GCM; names its key by id; null once erased';
comment on column etl.rejections.content_sha256 is '内容摘要（不含 requestId，封存后为带密钥摘要） | Digest of the content without requestId; keyed (HMAC-SHA-256) where the record is sealed';

-- A warehouse has one key at a time; those before it are remembered, to say so when one of them comes again.
alter table etl.site_keys add column retired_at timestamptz;
create unique index site_keys_current_idx on etl.site_keys ((true)) where retired_at is null;
comment on table etl.site_keys is '站点密钥的指纹：同一时间只有一把有效 | Digests of site keys; one is in use at a time';
comment on column etl.site_keys.retired_at is '停用时间（更换密钥）；为空表示正在使用 | When the key was replaced; null while it is in use';
