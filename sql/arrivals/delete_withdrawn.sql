-- Purpose: withdrawn arrivals do not count. Their time remains in etl.arrival_inbox. Idempotent.
delete from warehouse.arrivals as arrival
using etl.outbox as owed
where arrival.account = $1
    and arrival.serial_number = any($2)
    and owed.account = arrival.account
    and owed.kind = 'arrival'
    and owed.key = arrival.serial_number
    and owed.state = 'superseded'
