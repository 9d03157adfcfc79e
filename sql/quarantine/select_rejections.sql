-- Purpose: open rejections without their records, oldest first, by account ($1), field ($2), rule ($3) and the time they
-- were first seen until ($4), and number ($5); null: any. $6: how many at most. Reads only.
select
    refused.rejection_id,
    refused.account,
    refused.serial_number,
    refused.first_seen_at,
    refused.last_seen_at,
    refused.attempts,
    refused.sealed_record is not null as has_record,
    refused.reasons
from etl.rejections as refused
where refused.resolved_at is null
    and ($1::text is null or refused.account = $1)
    and ($4::timestamptz is null or refused.first_seen_at <= $4)
    and ($5::bigint[] is null or refused.rejection_id = any($5))
    and (
        ($2::text is null and $3::text is null)
        or exists (
            select
            from jsonb_array_elements(refused.reasons) as reason
            where ($2::text is null or coalesce(reason.value ->> 'field', '') = $2)
                and ($3::text is null or reason.value ->> 'rule' = $3)
        )
    )
order by refused.first_seen_at, refused.rejection_id
limit $6
