-- orderStatus 5 and nothing else cancels: a version that cancels has it, one that reinstates has not.
select versions.account, versions.serial_number, versions.version, versions.change, versions.order_status
from warehouse.reservation_versions as versions
where (versions.change = 'cancelled' and versions.order_status <> '5')
    or (versions.change in ('booked', 'reinstated') and versions.order_status = '5')
