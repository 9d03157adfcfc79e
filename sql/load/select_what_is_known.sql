-- Purpose: what is known of an account before a delivery is loaded: whether it has a history, open rejections, and
-- reservations that the platform may deliver again with several states. Reads only.
select
    exists (
        select
        from warehouse.reservation_versions as versions
        where versions.account = $1
    ) as has_history,
    exists (
        select
        from etl.rejections as refused
        where refused.account = $1
            and refused.resolved_at is null
    ) as has_open_rejections,
    exists (
        select
        from etl.unconfirmed_reservations as known
        where known.account = $1
            and known.confirmed_by is null
    ) as has_unconfirmed
