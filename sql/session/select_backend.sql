-- Purpose: which process of the server answers. Reads only.
select pg_backend_pid() as backend
