-- Purpose: keep which rules the delivery broke, and by how many records.
insert into etl.delivery_problems (account, delivery_id, field, rule, is_rejecting, records)
select $1, $2, broken.field, broken.rule, broken.is_rejecting, broken.records
from unnest($3::text[], $4::text[], $5::boolean[], $6::bigint[]) as broken (field, rule, is_rejecting, records)
