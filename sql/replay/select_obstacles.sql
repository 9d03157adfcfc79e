-- Purpose: what keeps a swap back: acknowledgements of versions that it may take out, and what an earlier swap has taken out.
-- Reads only.
select
    (
        select count(*)
        from etl.outbox as owed
        where owed.account = $1
            and owed.state = 'pending'
            and owed.kind in ('batch_ack', 'reservation_ack')
    ) as pending,
    exists (select from replaced.deliveries as delivery where delivery.account = $1) as is_kept
