-- Purpose: where this account's targets have their newest file of all rows. Reads only.
select made.path
from etl.exports as made
where made.account = $1
    and made.part = 'current'
order by made.path
