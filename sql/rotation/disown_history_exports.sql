-- Purpose: history files hold the person_ids of before: they are owed again. (No other target holds one.) Idempotent.
delete from etl.exports as made
where made.target like 'history %'
