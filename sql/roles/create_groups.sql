-- Purpose: make the groups that are missing, where this login may; the next statement names those that stay missing. A role
-- belongs to the whole server, so another database may have made it, just now even. Idempotent.
do $$
declare
    group_name text;
begin
    foreach group_name in array array[
        'tijian_loader', 'tijian_analyst', 'tijian_dashboard', 'tijian_finance', 'tijian_frontdesk'
    ]
    loop
        if not exists (select from pg_roles where rolname = group_name) then
            begin
                execute format('create role %I nologin', group_name);
            exception
                when insufficient_privilege or duplicate_object or unique_violation then
                    null;
            end;
        end if;
    end loop;
end
$$
