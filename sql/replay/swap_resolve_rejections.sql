-- Purpose: resolve rejections whose record today's contract accepts, of deliveries from $4 on. Those that the last delivery
-- ($2) brought, and that are
-- held back ($3: rejected records are acknowledged, so none is), stay open: the platform does not know of them, delivers
-- them again, and the load that takes them resolves and acknowledges them. Idempotent.
update etl.rejections as refused
set
    resolved_at = now(),
    resolution = case
        when exists (
            select
            from replay.rejections as replayed
            where replayed.account = refused.account
                and replayed.content_sha256 = refused.content_sha256
        ) then 'superseded'
        else 'loaded'
    end
where refused.account = $1
    and refused.resolved_at is null
    and refused.last_delivery_id >= $4
    and (refused.last_delivery_id < $2 or ($3::boolean and refused.last_delivery_id = $2))
    and not exists (
        select
        from replay.rejections as replayed
        where replayed.account = refused.account
            and replayed.content_sha256 = refused.content_sha256
            and replayed.resolved_at is null
    )
