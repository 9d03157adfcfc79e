-- Purpose: as sql/ledger/07 did before delivery $2 was pulled: of the delivery before, unchanged records stay where they were
-- still owed an acknowledgement, which that pull superseded, or where a refused record held their reservation back, in the
-- replay or in truth. (A retry may have loaded it meanwhile, or somebody discarded it.) Those of other deliveries go. Idempotent.
delete from replay.unchanged_records as unchanged
using etl.deliveries as delivery, etl.deliveries as next
where delivery.delivery_id = unchanged.delivery_id
    and delivery.account = $1
    and next.delivery_id = $2
    and (
        unchanged.delivery_id <> all(next.unconfirmed_delivery_ids)
        or (
            not exists (
                select
                from etl.outbox as owed
                where owed.delivery_id = any(next.unconfirmed_delivery_ids)
                    and owed.state = 'superseded'
                    and owed.finished_at = next.recorded_at
            )
            and not exists (
                select
                from replay.rejections as refused
                where refused.account = $1
                    and refused.serial_number = unchanged.serial_number
                    and refused.resolved_at is null
                    and not exists (
                        select
                        from etl.rejections as settled
                        where settled.account = refused.account
                            and settled.content_sha256 = refused.content_sha256
                            and settled.resolved_at < next.received_at
                    )
            )
            and not exists (
                select
                from etl.rejections as refused
                where refused.account = $1
                    and refused.serial_number = unchanged.serial_number
                    and refused.first_delivery_id <= unchanged.delivery_id
                    and refused.last_delivery_id >= unchanged.delivery_id
                    and (refused.resolved_at is null or refused.resolved_at >= next.received_at)
            )
        )
    )
