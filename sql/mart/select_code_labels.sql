-- Purpose: names of codes; where accounts name one differently, the first account's.
-- $1: accounts; null: every one. Reads only.
select distinct on (labels.column_name, labels.code)
    labels.column_name,
    labels.code,
    labels.label_zh,
    labels.label_en
from mart.code_labels as labels
where ($1::text[] is null or labels.account = any($1))
order by labels.column_name, labels.code, labels.account
