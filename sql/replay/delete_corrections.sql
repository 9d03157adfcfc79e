-- Purpose: corrections of an earlier swap are stored as handed over, or made anew by the statement that follows.
delete from finance.corrections as correction
where correction.account = $1
