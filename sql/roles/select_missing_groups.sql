-- Purpose: the groups that the server does not have, each with what an administrator has to run. Reads only.
select groups.name, format('create role %I nologin;', groups.name) as statement
from (
    values ('tijian_loader'), ('tijian_analyst'), ('tijian_dashboard'), ('tijian_finance'), ('tijian_frontdesk')
) as groups (name)
where not exists (select from pg_roles where pg_roles.rolname = groups.name)
order by groups.name
