-- Purpose: note that a run has begun. A run that is killed keeps its row without an end.
insert into etl.runs (account, program_version)
values ($1, $2)
returning run_id
