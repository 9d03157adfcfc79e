-- Purpose: the groups of readers that the server does not have. Reads only.
select readers.role_name
from (values ('tijian_analyst'), ('tijian_finance')) as readers (role_name)
where not exists (select from pg_roles where rolname = readers.role_name)
order by readers.role_name
