-- Purpose: how many reservations and versions accounts ($1) have as of these deliveries of theirs ($2), and the sum of their fees,
-- by check month, hospital and way of payment. Reads only.
select
    versions.account,
    date_trunc('month', versions.check_date::timestamp)::date as check_month,
    versions.hospital_code,
    coalesce(versions.pay_type, '') as pay_type,
    count(*) filter (where versions.version = 1) as reservations,
    count(*) as versions,
    coalesce(sum(versions.examination_fee), 0) as fees
from unnest($1::text[], $2::bigint[]) as wanted (account, delivery_id)
inner join warehouse.reservation_versions as versions
    on versions.account = wanted.account
    and versions.delivery_id <= wanted.delivery_id
group by
    versions.account,
    date_trunc('month', versions.check_date::timestamp),
    versions.hospital_code,
    coalesce(versions.pay_type, '')
order by
    versions.account collate "C",
    date_trunc('month', versions.check_date::timestamp),
    versions.hospital_code collate "C",
    coalesce(versions.pay_type, '') collate "C"
