-- Purpose: whatever was decoded is to be withdrawn: the newest publication of its lake is made again, and all that was decoded goes with
-- it. It holds records that no version has, so nobody can tell whom it is about; and what an engine has built of an earlier decoding may
-- be of accounts that the last one does not have. Idempotent.
update etl.lake_deliveries as published
set is_stale = true
from (
    select distinct decoding.lake
    from etl.lake_decodings as decoding
) as decoded
cross join lateral (
    select known.delivery_id
    from etl.lake_deliveries as known
    where known.lake = decoded.lake
    order by known.delivery_id desc
    limit 1
) as newest
where published.lake = decoded.lake
    and published.delivery_id = newest.delivery_id
