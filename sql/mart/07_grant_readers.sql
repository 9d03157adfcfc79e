-- Purpose: the groups of people who read, each with its schema and nothing else. Makes a role that is missing where the
-- database's user may do so; a role belongs to the whole server, so another database may have made it. Idempotent.
do $$
declare
    reader record;
begin
    for reader in
        select readers.role_name, readers.schema_name
        from (values ('tijian_analyst', 'mart'), ('tijian_finance', 'finance')) as readers (role_name, schema_name)
    loop
        if not exists (select from pg_roles where rolname = reader.role_name) then
            begin
                execute format('create role %I nologin', reader.role_name);
            exception
                when insufficient_privilege then
                    continue;
                when duplicate_object or unique_violation then
                    null;
            end;
        end if;
        execute format('grant usage on schema %I to %I', reader.schema_name, reader.role_name);
        execute format('grant select on all tables in schema %I to %I', reader.schema_name, reader.role_name);
    end loop;
end
$$
