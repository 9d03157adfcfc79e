//! What each group may do, and that everything else is refused.
//!
//! Invariant: A look at a quarantined record is logged before the record is shown.

use tokio_postgres::Client;

use crate::roles::{assert_denied, log_in, relations};
use crate::support::{TestDatabase, assert_snapshot, lines};

/// Everything that somebody else than the owner may do in our schemas, from the access lists.
const RIGHTS: &str = "
    with listed as (
        select schema.nspname as place, null::text as name, schema.nspacl as rights, schema.nspowner as owner
        from pg_namespace as schema
        union all
        select schema.nspname, relation.relname, relation.relacl, relation.relowner
        from pg_class as relation
        join pg_namespace as schema on schema.oid = relation.relnamespace
        union all
        select schema.nspname, format('%s (%s)', relation.relname, a_column.attname), a_column.attacl, relation.relowner
        from pg_attribute as a_column
        join pg_class as relation on relation.oid = a_column.attrelid
        join pg_namespace as schema on schema.oid = relation.relnamespace
        union all
        select schema.nspname, routine.proname || '()', coalesce(routine.proacl, acldefault('f', routine.proowner)),
            routine.proowner
        from pg_proc as routine
        join pg_namespace as schema on schema.oid = routine.pronamespace
        union all
        select schema.nspname, 'later ' || defaults.defaclobjtype::text, defaults.defaclacl, defaults.defaclrole
        from pg_default_acl as defaults
        join pg_namespace as schema on schema.oid = defaults.defaclnamespace
    )
    select concat_ws(' ',
        coalesce(holder.rolname, 'public'),
        concat_ws('.', listed.place, listed.name) || ':',
        string_agg(
            lower(entry.privilege_type) || case when entry.is_grantable then ' (and may grant it)' else '' end,
            ', ' order by entry.privilege_type
        )
    )
    from listed
    cross join aclexplode(listed.rights) as entry
    left join pg_roles as holder on holder.oid = entry.grantee
    where listed.place in ('etl', 'warehouse', 'mart', 'dashboard', 'finance') and entry.grantee <> listed.owner
    group by holder.rolname, listed.place, listed.name
    order by coalesce(holder.rolname, 'public'), listed.place, listed.name nulls first";

/// Invariant: Each group may do exactly what it needs, and nobody else anything: analysts and finance read their
/// schema, the front desk adds to its inbox, the loader adds to the history and ends versions.
/// Held by: grants in `sql/roles/`, set by `tijian migrate`; PostgreSQL's default rights are revoked.
#[tokio::test(flavor = "multi_thread")]
async fn each_group_has_exactly_these_rights_and_nobody_else_has_any() {
    let database = TestDatabase::create().await;
    let rights = lines(&database.client, RIGHTS).await;
    assert!(rights.iter().all(|line| line.starts_with("tijian_")), "not even everybody (public): {rights:#?}");
    assert_snapshot("rights", &rights.join("\n"), &[]);
}

/// What this login may do with tables and views of our schemas, whole or by the column.
const HELD: &str = "select format('%s %s', held.is_allowed, relation.oid::regclass)
    from pg_class as relation
    join pg_namespace as schema on schema.oid = relation.relnamespace
    cross join unnest(array['select', 'insert', 'update', 'references']) as held (is_allowed)
    where schema.nspname in ('etl', 'warehouse', 'mart', 'dashboard', 'finance') and relation.relkind in ('r', 'p', 'v', 'm', 'f')
        and has_any_column_privilege(relation.oid, held.is_allowed)
    union all
    select format('%s %s', held.is_allowed, relation.oid::regclass)
    from pg_class as relation
    join pg_namespace as schema on schema.oid = relation.relnamespace
    cross join unnest(array['delete', 'truncate', 'trigger']) as held (is_allowed)
    where schema.nspname in ('etl', 'warehouse', 'mart', 'dashboard', 'finance') and relation.relkind in ('r', 'p', 'v', 'm', 'f')
        and has_table_privilege(relation.oid, held.is_allowed)
    order by 1";

/// Invariant: Each group may do exactly what it needs, and nobody else anything: analysts and finance read their
/// schema, the front desk adds to its inbox, the loader adds to the history and ends versions.
#[tokio::test(flavor = "multi_thread")]
async fn analysts_and_finance_read_their_schema_and_nothing_else() {
    let database = TestDatabase::create().await;
    let relations = relations(&database, "rpvmf").await;
    assert!(relations.len() > 25, "{relations:?}");
    let tables = super::relations(&database, "rp").await;
    for (group, own) in [
        (Some("tijian_analyst"), "mart."),
        (Some("tijian_dashboard"), "dashboard."),
        (Some("tijian_finance"), "finance."),
        (Some("tijian_frontdesk"), "none"),
        (None, "none"),
    ] {
        let client = log_in(&database, group).await;
        let mut readable = Vec::new();
        for relation in &relations {
            let what = format!("{group:?} {relation}");
            let read = client.batch_execute(&format!("select * from {relation} limit 1")).await;
            if relation.starts_with(own) {
                read.unwrap_or_else(|error| panic!("{what}: {error}"));
                readable.push(format!("select {relation}"));
            } else {
                assert_denied(read, &what);
            }
        }
        for table in &tables {
            for statement in [format!("delete from {table}"), format!("copy {table} from stdin")] {
                assert_denied(client.batch_execute(&statement).await, &format!("{group:?}: {statement}"));
            }
        }
        assert!(own == "none" || readable.len() > 3, "{group:?}: {readable:?}");
        readable.sort();
        if group == Some("tijian_frontdesk") {
            readable.push("insert etl.arrival_inbox".to_owned());
        }
        assert_eq!(lines(&client, HELD).await, readable, "{group:?}");
        assert_cannot_make_anything(&client, &format!("{group:?}")).await;
        // (PostgreSQL 13 has no pg_read_all_data.)
        let roles = "select rolname::text from pg_roles
            where rolname in ('tijian', 'tijian_loader', 'pg_read_all_data', 'pg_read_all_stats')";
        for role in lines(&client, roles).await {
            assert_denied(client.batch_execute(&format!("set role {role}")).await, &role);
        }
    }
}

async fn assert_cannot_make_anything(client: &Client, who: &str) {
    // Before PostgreSQL 15, everybody may make tables in public, which is none of ours.
    let places = "select nspname::text from pg_namespace
        where has_schema_privilege(oid, 'create') and nspname !~ '^pg_(toast_)?temp_'
            and (nspname <> 'public' or current_setting('server_version_num')::integer >= 150000)";
    assert_eq!(lines(client, places).await, [] as [&str; 0], "{who}");
    for statement in
        ["create schema mine", "create role mine", "create database mine", "copy (select 1) to program 'true'"]
    {
        assert_denied(client.batch_execute(statement).await, &format!("{who}: {statement}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_analysts_may_call_the_function_of_the_marts() {
    let database = TestDatabase::create().await;
    let call = "select * from mart.daily_volumes_as_of(now(), '2026-01-01', '2026-12-31')";
    log_in(&database, Some("tijian_analyst")).await.batch_execute(call).await.unwrap();
    for group in
        [Some("tijian_loader"), Some("tijian_dashboard"), Some("tijian_finance"), Some("tijian_frontdesk"), None]
    {
        assert_denied(log_in(&database, group).await.batch_execute(call).await, &format!("{group:?}"));
    }
}

/// Invariant: Each group may do exactly what it needs, and nobody else anything: analysts and finance read their
/// schema, the front desk adds to its inbox, the loader adds to the history and ends versions.
#[tokio::test(flavor = "multi_thread")]
async fn the_loader_cannot_change_the_schema_rewrite_the_history_or_pass_its_rights_on() {
    let database = TestDatabase::create().await;
    let loader = log_in(&database, Some("tijian_loader")).await;
    let rights = lines(&database.client, RIGHTS).await;
    let tables = relations(&database, "rp").await;
    assert!(tables.len() > 12, "{tables:?}");
    for table in &tables {
        for statement in [
            format!("drop table {table}"),
            format!("truncate {table}"),
            format!("alter table {table} add column mine text"),
            format!("alter table {table} disable trigger all"),
            format!("alter table {table} owner to tijian_test_loader"),
            format!("create index on {table} ((1))"),
            format!("create rule mine as on insert to {table} do instead nothing"),
            format!("comment on table {table} is 'mine'"),
            format!("create policy mine on {table}"),
        ] {
            assert_denied(loader.batch_execute(&statement).await, &statement);
        }
        // PostgreSQL warns, or refuses; nobody gets anything by it.
        let _ = loader.batch_execute(&format!("grant all on {table} to public")).await;
    }
    for view in relations(&database, "v").await {
        assert_denied(loader.batch_execute(&format!("drop view {view}")).await, &view);
        let _ = loader.batch_execute(&format!("grant all on {view} to public")).await;
    }
    assert_eq!(lines(&database.client, RIGHTS).await, rights);
    for statement in [
        "delete from warehouse.reservation_versions",
        "update warehouse.reservation_versions set name = 'somebody else'",
        "update warehouse.reservation_versions set valid_from = now()",
        "delete from etl.deliveries",
        "update etl.rejections set account = 'another'",
        "select * from etl.erased_reservations",
        "delete from etl.erasures",
        // It can add to it (who looks at a record is put on record), in its own name only, and take nothing back.
        "insert into etl.access_log (account, action, subject_id, database_user, operator) values ('a', 'erase', 1, 'x', 'y')",
        "update etl.access_log set operator = 'nobody'",
        "select * from etl.access_log",
        "delete from etl.access_log",
        "delete from etl.outbox",
        "delete from etl.runs",
        "update etl.site_keys set key_id = ''",
        "delete from etl.schema_migrations",
        "update finance.handoffs set balance = 0",
        "delete from finance.handoffs",
        "drop schema etl cascade",
        "grant tijian_loader to tijian_test_stranger",
        "set role tijian",
        "alter default privileges for role tijian grant select on tables to public",
        "alter database tijian owner to tijian_test_loader",
    ] {
        // The stranger is somebody to give the group to.
        drop(log_in(&database, None).await);
        assert_denied(loader.batch_execute(statement).await, statement);
    }
    assert_cannot_make_anything(&loader, "the loader").await;
    let changeable = "select attname::text from pg_attribute
        where attrelid = 'warehouse.reservation_versions'::regclass and attnum > 0
            and has_column_privilege(attrelid, attnum, 'update')";
    assert_eq!(lines(&loader, changeable).await, ["valid_to"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_owner_makes_later_is_closed_but_for_the_readers_of_its_schema() {
    let database = TestDatabase::create().await;
    for schema in ["etl", "warehouse", "mart", "dashboard", "finance"] {
        let later = format!(
            "create table {schema}.later (a integer);
            create function {schema}.later() returns integer language sql as 'select 1'"
        );
        database.client.batch_execute(&later).await.unwrap();
    }
    let readers = [
        ("mart", "tijian_analyst"),
        ("mart", "tijian_loader"),
        ("dashboard", "tijian_dashboard"),
        ("finance", "tijian_finance"),
        ("finance", "tijian_loader"),
    ];
    for group in [
        Some("tijian_analyst"),
        Some("tijian_dashboard"),
        Some("tijian_finance"),
        Some("tijian_frontdesk"),
        Some("tijian_loader"),
        None,
    ] {
        let client = log_in(&database, group).await;
        for schema in ["etl", "warehouse", "mart", "dashboard", "finance"] {
            let what = format!("{group:?} {schema}");
            let read = client.batch_execute(&format!("select * from {schema}.later")).await;
            if group.is_some_and(|group| readers.contains(&(schema, group))) {
                read.unwrap_or_else(|error| panic!("{what}: {error}"));
            } else {
                assert_denied(read, &what);
            }
            assert_denied(client.batch_execute(&format!("select {schema}.later()")).await, &what);
        }
    }
}
