-- Every version was opened by a delivery of its own account that the ledger knows.
select versions.account, versions.serial_number, versions.version, versions.delivery_id
from warehouse.reservation_versions as versions
left join etl.deliveries as delivery
    on delivery.delivery_id = versions.delivery_id
    and delivery.account = versions.account
where delivery.delivery_id is null
