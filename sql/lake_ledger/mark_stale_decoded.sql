-- Purpose: whatever was decoded is to be withdrawn: the newest publication of its lake is made again, and all that was decoded goes with
-- it. It holds records that no version has, so nobody can tell whom it is about; and what an engine has built of an earlier decoding may
-- be of accounts that the last one does not have. Idempotent.
update etl.lake_deliveries as published
set is_stale = true
from (
    select known.lake, max(known.delivery_id) as delivery_id
    from etl.lake_deliveries as known
    where exists (
        select
        from etl.lake_decodings as decoding
        where decoding.lake = known.lake
    )
    group by known.lake
) as newest
where published.lake = newest.lake
    and published.delivery_id = newest.delivery_id
