-- Purpose: remember that the warehouse publishes to this lake. Idempotent.
insert into etl.lakes (lake)
values ($1)
on conflict (lake) do nothing
