-- Purpose: as sql/load/insert_delivery_problems.sql, on the shadow; a test holds the two against each other.
insert into replay.delivery_problems (delivery_id, field, rule, is_rejecting, records)
select $1, broken.field, broken.rule, broken.is_rejecting, broken.records
from unnest($2::text[], $3::text[], $4::boolean[], $5::bigint[]) as broken (field, rule, is_rejecting, records)
