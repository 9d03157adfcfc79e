-- The ledger's count of opened versions is the number of rows that carry the delivery's number.
select delivery.delivery_id, delivery.opened, count(versions.version) as versions
from etl.deliveries as delivery
left join warehouse.reservation_versions as versions on versions.delivery_id = delivery.delivery_id
group by delivery.delivery_id, delivery.opened
having delivery.opened <> count(versions.version)
