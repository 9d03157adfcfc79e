-- Purpose: keep which rules the delivery broke, and by how many records.
insert into etl.delivery_problems (delivery_id, field, rule, is_rejecting, records)
select $1, broken.field, broken.rule, broken.is_rejecting, broken.records
from unnest($2::text[], $3::text[], $4::boolean[], $5::bigint[]) as broken (field, rule, is_rejecting, records)
