-- Purpose: an account ($2) of the decoding ($1) is decoded, by this contract ($3), into these files ($4): none, if the decoding has ended
-- meanwhile. It does not end while this is written. Idempotent.
insert into etl.lake_decoded_accounts (decoding_id, account, contract_sha256, files)
select decoding.decoding_id, $2, $3, $4
from etl.lake_decodings as decoding
where decoding.decoding_id = $1::text::uuid
    and decoding.closed_at is null
for share of decoding
on conflict (decoding_id, account) do update
set
    contract_sha256 = excluded.contract_sha256,
    files = excluded.files
