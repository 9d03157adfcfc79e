-- Purpose: an empty sheet for the statements that follow in the same transaction: nobody but the owner has a right in our
-- schemas, neither everybody (public) nor a group. Rights of other roles, which somebody else gave, are left alone.
-- Idempotent.
do $$
declare
    held record;
begin
    for held in
        select schemas.name as schema_name, holders.name as holder
        from (values ('etl'), ('warehouse'), ('mart'), ('dashboard'), ('finance'), ('replay')) as schemas (name)
        cross join (
            select 'public' as name
            union all
            select quote_ident(pg_roles.rolname)
            from pg_roles
            where pg_roles.rolname in (
                'tijian_loader', 'tijian_analyst', 'tijian_dashboard', 'tijian_finance', 'tijian_frontdesk'
            )
        ) as holders
    loop
        execute format('revoke all on schema %I from %s', held.schema_name, held.holder);
        execute format('revoke all on all tables in schema %I from %s', held.schema_name, held.holder);
        execute format('revoke all on all sequences in schema %I from %s', held.schema_name, held.holder);
        execute format('revoke all on all routines in schema %I from %s', held.schema_name, held.holder);
    end loop;
end
$$
