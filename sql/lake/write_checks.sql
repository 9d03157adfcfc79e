-- Purpose: how many rows contradict each check. Whoever builds looks at all of them before anybody sees the result.
insert overwrite directory '${built}/checks' using parquet
${checks}
