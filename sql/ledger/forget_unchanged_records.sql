-- Purpose: unchanged records are remembered only while they are owed something: an acknowledgement, or to be known again
-- when the platform delivers them again. That is over when a later delivery has come (a retry is none), or when theirs is
-- acknowledged, with what was retried since, and no refused record holds them back. Idempotent.
delete from etl.unchanged_records as unchanged
using etl.deliveries as delivery
where unchanged.delivery_id = delivery.delivery_id
    and delivery.account = $1
    and (
        exists (
            select
            from etl.deliveries as later
            where later.account = delivery.account
                and later.delivery_id > delivery.delivery_id
                and not later.is_retry
        )
        or (
            not exists (
                select
                from etl.outbox as owed
                where owed.account = delivery.account
                    and owed.delivery_id >= delivery.delivery_id
                    and owed.state = 'pending'
            )
            and not exists (
                select
                from etl.rejections as refused
                where refused.account = delivery.account
                    and refused.serial_number = unchanged.serial_number
                    and refused.resolved_at is null
            )
        )
    )
