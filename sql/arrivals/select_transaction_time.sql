-- Purpose: the time of this transaction, as every row that it writes has it. Reads only.
select now() as recorded_at
