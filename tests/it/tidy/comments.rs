//! The comments of the schema: nothing is without one, and `sql/comments.toml` says nothing twice and nothing of what is not there.

use std::collections::{BTreeMap, BTreeSet};

use super::assert_none;
use super::source::read;
use crate::support::TestDatabase;

/// PostgreSQL says it itself, so views and later changes of a table count, too. `schema_migrations` is refinery's own.
#[tokio::test(flavor = "multi_thread")]
async fn every_table_and_column_has_a_comment_in_both_languages() {
    let database = TestDatabase::create().await;
    let silent = database
        .lines(
            "with described as (
                select n.nspname::text as name, obj_description(n.oid, 'pg_namespace') as comment
                from pg_namespace as n
                union all
                select format('%s.%s', n.nspname, c.relname), obj_description(c.oid, 'pg_class')
                from pg_class as c
                join pg_namespace as n on n.oid = c.relnamespace
                where c.relkind in ('r', 'p', 'v', 'm')
                union all
                select format('%s.%s.%s', n.nspname, c.relname, a.attname), col_description(c.oid, a.attnum)
                from pg_attribute as a
                join pg_class as c on c.oid = a.attrelid
                join pg_namespace as n on n.oid = c.relnamespace
                where c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped
            )
            select name
            from described
            where name !~ '^(pg_|information_schema|public|etl[.]schema_migrations)'
                and comment ~ '[一-龥].* \\| .*[A-Za-z]' is not true
            order by name",
        )
        .await;
    assert_none(silent, "describe it in sql/comments.toml as '中文 | English': BI tools show it");
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_are_of_what_is_there_and_say_nothing_twice() {
    let comments: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(&read("sql/comments.toml")).unwrap();
    let database = TestDatabase::create().await;
    let names = |kind: &str| comments[kind].keys().cloned().collect::<BTreeSet<String>>();
    let tables = "from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
        where c.relkind in ('r', 'v') and n.nspname !~ '^(pg_|information_schema)'";
    let mut problems = Vec::new();
    for (kind, there) in [
        ("schemas", "select nspname::text from pg_namespace".to_owned()),
        ("tables", format!("select n.nspname || '.' || c.relname {tables}")),
        ("functions", "select pronamespace::regnamespace || '.' || proname from pg_proc".to_owned()),
    ] {
        let there = BTreeSet::from_iter(database.lines(&there).await);
        problems.extend(names(kind).difference(&there).map(|name| format!("{kind}: {name} is not there")));
    }
    let there = "select format('%s.%s.%s', n.nspname, c.relname, a.attname)
        from pg_attribute as a join pg_class as c on c.oid = a.attrelid join pg_namespace as n on n.oid = c.relnamespace
        where c.relkind in ('r', 'v') and a.attnum > 0 and n.nspname !~ '^(pg_|information_schema)'";
    let mut unused = names("columns");
    for column in database.lines(there).await {
        let name = column.rsplit('.').next().unwrap();
        let _ = unused.remove(&column) || unused.remove(name);
    }
    problems
        .extend(unused.iter().map(|name| format!("columns: {name} is not there, or each has a comment of its own")));
    let mut said = BTreeSet::new();
    for (name, comment) in &comments["columns"] {
        if !said.insert((name.rsplit('.').next(), comment)) {
            problems.push(format!("columns: {name} is described twice with the same words"));
        }
    }
    assert_none(problems, "take the entry out of sql/comments.toml");
}
