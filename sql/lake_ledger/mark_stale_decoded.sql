-- Purpose: whatever was decoded of an account ($1), or of all, is to be withdrawn: the newest publication of its lake is made again, and
-- all that was decoded goes with it. It holds records that no version has, so nobody can tell whom it is about. Idempotent.
update etl.lake_deliveries as published
set is_stale = true
from (
    select known.lake, max(known.delivery_id) as delivery_id
    from etl.lake_deliveries as known
    inner join etl.lake_decodings as decoding on decoding.lake = known.lake
    where $1::text is null or $1 = any(decoding.accounts)
    group by known.lake
) as newest
where published.lake = newest.lake
    and published.delivery_id = newest.delivery_id
