-- Purpose: the next page of the inbox, oldest first, beside what is known of each reservation. Each key is looked up by
-- itself: a join could be planned as a scan of the history. is_cancelled is null where there is no reservation. Reads only.
select
    inbox.inbox_id,
    inbox.serial_number,
    inbox.arrived_at,
    inbox.submitted_at,
    inbox.source,
    current.is_cancelled,
    exists (
        select
        from warehouse.arrivals as arrival
        where arrival.account = inbox.account
            and arrival.serial_number = inbox.serial_number
    ) as is_taken
from etl.arrival_inbox as inbox
left join lateral (
    select versions.order_status = '5' as is_cancelled
    from warehouse.reservation_versions as versions
    where versions.account = inbox.account
        and versions.serial_number = inbox.serial_number
        and versions.valid_to = 'infinity'
    limit 1
) as current on true
where inbox.account = $1
    and inbox.state = 'open'
    and inbox.inbox_id > $2
order by inbox.inbox_id
limit $3
