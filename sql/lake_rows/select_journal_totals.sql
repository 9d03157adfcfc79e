-- Purpose: entries and amounts of the journal that the history of accounts ($1) gives as of these deliveries of theirs ($2), as
-- sql/lake/write_journal_totals.sql makes them from the lake. Reads only.
select
    moved.account,
    moved.check_month,
    moved.hospital_code,
    coalesce(moved.pay_type, '') as pay_type,
    count(*) as entries,
    sum(moved.amount) as amount
from unnest($1::text[], $2::bigint[]) as wanted (account, delivery_id)
inner join finance.version_movements as moved
    on moved.account = wanted.account
    and moved.delivery_id <= wanted.delivery_id
group by moved.account, moved.check_month, moved.hospital_code, coalesce(moved.pay_type, '')
order by
    moved.account collate "C",
    moved.check_month,
    moved.hospital_code collate "C",
    coalesce(moved.pay_type, '') collate "C"
