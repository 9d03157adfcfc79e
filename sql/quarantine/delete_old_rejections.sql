-- Purpose: quarantined records past their days: resolved, or not delivered again, since $2. One that came with the newest
-- delivery still comes, and stays, however old a clock says it is. One that was discarded or erased is known by its empty row
-- only, which stays as long as a landed file may still hold the record, or what was ignored in another state of it (since $3, or of
-- the newest $4 deliveries; of an erasure, since that): a replay of the file must know it. Idempotent.
with
-- Deliveries whose files stay whatever their age.
newest as (
    select delivery.delivery_id
    from etl.deliveries as delivery
    where delivery.account = $1
        and not delivery.is_retry
    order by delivery.delivery_id desc
    limit $4
),

last_erasure as (
    select max(erasure.erased_at) as erased_at, max(erasure.last_delivery_id) as last_delivery_id
    from etl.erasures as erasure
    where erasure.account = $1
)

delete from etl.rejections as refused
where refused.account = $1
    and case
        when refused.sealed_record is null then
            greatest(
                refused.last_seen_at,
                refused.resolved_at,
                case
                    when refused.resolution is distinct from 'discarded' then (select last_erasure.erased_at from last_erasure)
                end
            ) < least($2::timestamptz, $3::timestamptz)
            and refused.last_delivery_id not in (select newest.delivery_id from newest)
            and (
                refused.resolution is not distinct from 'discarded'
                or not exists (
                    select
                    from last_erasure
                    where last_erasure.last_delivery_id >= (select min(newest.delivery_id) from newest)
                )
            )
        when refused.resolved_at is null then
            refused.last_seen_at < $2
            and refused.last_delivery_id <> (select max(newest.delivery_id) from newest)
        else greatest(refused.last_seen_at, refused.resolved_at) < $2
    end
