-- Purpose: whether any delivery of an account was loaded here. Reads only.
select exists (select from etl.deliveries as delivery where delivery.account = $1) as knows_deliveries
