-- Purpose: which of these rejections ($2) of one account are open and have a record, in the order in which their records
-- were delivered. Where a version before this one loaded them, the order of several states of one reservation in one
-- delivery is unknown. Reads only.
select
    refused.rejection_id,
    refused.last_position is null and exists (
        select
        from etl.rejections as other
        where other.account = refused.account
            and other.serial_number = refused.serial_number
            and other.resolved_at is null
            and other.last_delivery_id = refused.last_delivery_id
            and other.rejection_id <> refused.rejection_id
    ) as is_order_unknown
from etl.rejections as refused
where refused.account = $1
    and refused.rejection_id = any($2)
    and refused.resolved_at is null
    and refused.sealed_record is not null
order by refused.last_delivery_id, refused.last_position nulls first, refused.rejection_id
