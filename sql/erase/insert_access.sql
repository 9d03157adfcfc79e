-- Purpose: who did what to whose data, by the number of the thing only.
insert into etl.access_log (account, action, subject_id, operator)
values ($1, $2, $3, $4)
