//! What `deploy/` says of our tables to other people's programs is what the database says: dbt's sources, Superset's datasets.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::support::{TestDatabase, lines};

const SOURCES: &str = "deploy/dbt/models/sources.yml";

const HEAD: &str = "\
# Made out of the database's comments: `UPDATE_PAGES=1 cargo test --locked --test it data_teams` writes this file again, and the test
# fails while it is old.
version: 2
sources:
";

/// What dbt asks of the marts beside the tests in `deploy/dbt/tests`: columns that are never empty.
const NEVER_NULL: [(&str, &[&str]); 4] = [
    ("daily_volumes", &["account", "check_date", "hospital_code", "order_status", "reservations"]),
    ("reservation_events", &["account", "serial_number", "event", "event_date"]),
    ("reservation_versions", &["account", "serial_number", "version", "valid_from", "check_date"]),
    ("reservations_current", &["account", "serial_number", "booked_date", "check_date", "hospital_code"]),
];

/// When dbt says that no night has come in: after a night and a half, and after three days.
const FRESHNESS: (&str, &str) = (
    "load_quality",
    "        config:
          loaded_at_field: received_at
          freshness:
            warn_after: { count: 36, period: hour }
            error_after: { count: 3, period: day }
",
);

/// Relation, column, and what they are, in the order in which they are shown.
async fn described(database: &TestDatabase, schema: &str) -> Vec<[String; 4]> {
    let query = format!(
        "select concat_ws(chr(31), relname, attname, obj_description(pg_class.oid, 'pg_class'), col_description(pg_class.oid, attnum))
        from pg_class inner join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
        where relnamespace = '{schema}'::regnamespace and relkind in ('r', 'v')
        order by relname, attnum"
    );
    let fields = |line: &String| line.split('\u{1f}').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap();
    lines(&database.client, &query).await.iter().map(fields).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_of_dbt_are_the_marts_in_the_words_of_the_database() {
    let database = TestDatabase::create().await;
    let mut made = HEAD.to_owned();
    for schema in ["mart", "dashboard"] {
        let query = format!("select obj_description('{schema}'::regnamespace, 'pg_namespace')");
        let description = lines(&database.client, &query).await.remove(0);
        write!(made, "  - name: {schema}\n    description: {description:?}\n    tables:\n").unwrap();
        let mut last = String::new();
        for [relation, column, of_relation, of_column] in described(&database, schema).await {
            if relation != last {
                write!(made, "      - name: {relation}\n        description: {of_relation:?}\n").unwrap();
                if schema == "mart" && relation == FRESHNESS.0 {
                    made.push_str(FRESHNESS.1);
                }
                made.push_str("        columns:\n");
                last.clone_from(&relation);
            }
            write!(made, "          - name: {column}\n            description: {of_column:?}\n").unwrap();
            let is_never_null = |(name, columns): &(&str, &[&str])| *name == relation && columns.contains(&&*column);
            if schema == "mart" && NEVER_NULL.iter().any(is_never_null) {
                made.push_str("            data_tests: [not_null]\n");
            }
        }
    }
    let tested = made.matches("data_tests").count();
    assert_eq!(tested, NEVER_NULL.iter().map(|(_, columns)| columns.len()).sum::<usize>(), "each of them is there");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(SOURCES);
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(&path, &made).unwrap();
    }
    assert!(
        fs::read_to_string(path).unwrap() == made,
        "{SOURCES} is old: UPDATE_PAGES=1 cargo test --locked --test it data_teams"
    );
}
