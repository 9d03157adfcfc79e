-- Purpose: the names of codes as today's contract has them. Codes that it has no longer keep their last name, since
-- the history may hold them. Writes only what differs. Idempotent.
insert into mart.code_labels as known (account, column_name, code, label_zh, label_en)
select $1, named.column_name, named.code, named.label_zh, named.label_en
from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as named (column_name, code, label_zh, label_en)
on conflict (account, column_name, code) do update
set
    label_zh = excluded.label_zh,
    label_en = excluded.label_en
where (known.label_zh, known.label_en) is distinct from (excluded.label_zh, excluded.label_en)
