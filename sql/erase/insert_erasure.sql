-- Purpose: the audit row of an erasure: how much, when, never of whom. One row for each; the caller does not begin where
-- there is nothing to erase.
insert into etl.erasures (account, last_delivery_id, reservations, versions, rejections)
select
    $1,
    (select max(delivery.delivery_id) from etl.deliveries as delivery where delivery.account = $1),
    $2::bigint,
    $3::bigint,
    $4::bigint
returning erasure_id
