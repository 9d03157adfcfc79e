-- The ledger's count of opened versions is the number of rows that carry the delivery's number.
-- Invariant: `received = accepted + rejected`, `accepted = opened + unchanged`.
-- Held by: counted while decoding and while loading, compared before the commit; CHECK constraints of
-- `etl.deliveries`.
select delivery.delivery_id, delivery.opened, count(versions.version) as versions
from etl.deliveries as delivery
left join warehouse.reservation_versions as versions on versions.delivery_id = delivery.delivery_id
group by delivery.delivery_id, delivery.opened
having delivery.opened <> count(versions.version)
