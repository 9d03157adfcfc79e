-- Purpose: the size of each account's history, for summaries. Reads only.
select
    versions.account,
    count(*) as versions,
    count(*) filter (where versions.valid_to = 'infinity') as reservations,
    count(*) filter (where versions.valid_to = 'infinity' and versions.order_status = '5') as cancelled,
    count(distinct versions.person_id) filter (where versions.valid_to = 'infinity') as people,
    coalesce(
        sum(versions.examination_fee) filter (
            where versions.valid_to = 'infinity' and versions.order_status <> '5'
        ),
        0
    ) as fee_total
from warehouse.reservation_versions as versions
group by versions.account
order by versions.account
