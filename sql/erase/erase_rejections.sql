-- Purpose: take the person out of the quarantine: the records of the reservations $2 and those in which the person was found
-- ($3). The reasons hold no values and stay. Idempotent.
update etl.rejections as refused
set
    sealed_record = null,
    content_sha256 = sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())),
    resolved_at = coalesce(refused.resolved_at, now())
where refused.account = $1
    and refused.sealed_record is not null
    and (refused.rejection_id = any($3::bigint[]) or refused.serial_number = any($2::text[]))
