-- Purpose: take the check dates whose volumes a load has changed. With the two statements that follow, one transaction:
-- a run that is killed in it leaves the dates to the next. Idempotent.
delete from etl.stale_check_dates as stale
where stale.account = $1
returning stale.check_date
