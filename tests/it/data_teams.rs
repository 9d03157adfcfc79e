//! What `deploy/` says of our tables to other people's programs is what the database says: dbt's sources, Superset's datasets.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::roles::log_in;
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

/// When dbt says that no night has come in: after a night and a half, and after three days. Of the account that has been silent
/// longest: the others would hide it. One that is no longer used is named in the variable.
const FRESHNESS: (&str, &str) = (
    "load_quality",
    "        config:
          loaded_at_query: |
            select min(accounts.received_at)
            from (
                select max(received_at) as received_at
                from mart.load_quality
                where account <> all (string_to_array('{{ var(\"retired_accounts\", \"\") }}', ','))
                group by account
            ) as accounts
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

const BUNDLE: &str = "deploy/superset";

/// The files of a folder of the bundle by their names. They are YAML to Superset, and JSON, too.
fn bundle(folder: &str) -> BTreeMap<String, Value> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join(BUNDLE).join(folder);
    let file = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        (name.replace(".yaml", ""), serde_json::from_slice(&fs::read(entry.path()).unwrap()).unwrap())
    };
    fs::read_dir(dir).unwrap().map(|entry| file(entry.unwrap())).collect()
}

/// The texts under these names, at any depth: one, or a list of them.
fn texts_under(value: &Value, names: &[&str]) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| match value {
                Value::Array(values) if names.contains(&&**name) => values.iter().filter_map(text).collect(),
                value if names.contains(&&**name) => text(value).into_iter().collect(),
                value => texts_under(value, names),
            })
            .collect(),
        Value::Array(values) => values.iter().flat_map(|value| texts_under(value, names)).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn datasets_of_superset_are_the_views_of_the_dashboard_and_charts_ask_for_nothing_else() {
    let database = TestDatabase::create().await;
    let reader = log_in(&database, Some("tijian_dashboard")).await;
    let mut views: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let types =
        "select concat_ws(' ', attrelid::regclass, attname, upper(format_type(atttypid, null))) from pg_attribute
        inner join pg_class on pg_class.oid = attrelid where relnamespace = 'dashboard'::regnamespace";
    let types = BTreeSet::from_iter(lines(&database.client, types).await);
    for [view, column, _, description] in described(&database, "dashboard").await {
        let begins = format!("dashboard.{view} {column} ");
        let kind = types.iter().find_map(|line| line.strip_prefix(&begins)).unwrap();
        let (zh, _) = description.split_once(" | ").unwrap();
        views.entry(view).or_default().push(json!({
            "column_name": column, "type": kind, "is_dttm": kind == "DATE", "verbose_name": zh, "description": description,
            "expression": null, "filterable": true, "groupby": true, "is_active": true,
        }));
    }
    let datasets = bundle("datasets/tijian");
    assert!(datasets.keys().eq(views.keys()), "one for each view");
    // What a chart may ask a dataset for: its columns and figures.
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (view, dataset) in &datasets {
        assert_eq!((&dataset["schema"], &dataset["table_name"]), (&json!("dashboard"), &json!(view)));
        let mut now = dataset.clone();
        let own = dataset["columns"].as_array().unwrap().iter().filter(|column| !column["expression"].is_null());
        now["columns"] = views[view].iter().chain(own).cloned().collect();
        if std::env::var_os("UPDATE_PAGES").is_some() {
            let file = format!("{}/{BUNDLE}/datasets/tijian/{view}.yaml", env!("CARGO_MANIFEST_DIR"));
            fs::write(file, format!("{now:#}\n")).unwrap();
        } else {
            assert!(now == *dataset, "{view} is old: UPDATE_PAGES=1 cargo test --locked --test it data_teams");
        }
        for expression in texts_under(dataset, &["expression"]) {
            let query = format!("select {expression} from dashboard.{view}");
            reader.query(&query, &[]).await.unwrap_or_else(|error| panic!("{query}: {error}"));
        }
        let names = texts_under(dataset, &["column_name", "metric_name"]);
        known.insert(dataset["uuid"].as_str().unwrap().to_owned(), names.into_iter().collect());
    }
    let charts = bundle("charts");
    for (name, chart) in &charts {
        let known = &known[chart["dataset_uuid"].as_str().unwrap()];
        let names = ["x_axis", "x_axis_sort", "groupby", "metric", "metrics", "subject", "columns"];
        let asked = texts_under(&chart["params"], &names);
        assert!(!asked.is_empty(), "{name}");
        for asked in asked {
            assert!(known.contains(&asked), "{name} asks for {asked}");
        }
    }
    let dashboard = &bundle("dashboards")["tijian"];
    let placed: BTreeSet<_> = texts_under(&dashboard["position"], &["uuid"]).into_iter().collect();
    let made: BTreeSet<_> = charts.values().map(|chart| chart["uuid"].as_str().unwrap().to_owned()).collect();
    assert_eq!(placed, made, "every chart has its place");
    for filtered in texts_under(&dashboard["metadata"]["native_filter_configuration"], &["datasetUuid"]) {
        assert!(known[&filtered].contains("hospital_name"));
    }
    // A login of the dashboards' group, whose password is asked for; it writes nothing.
    let login = &bundle("databases")["tijian"];
    assert_eq!(login["sqlalchemy_uri"], "postgresql+psycopg2://wall:XXXXXXXXXX@127.0.0.1:15432/tijian");
    for may in ["allow_dml", "allow_ctas", "allow_cvas", "expose_in_sqllab"] {
        assert_eq!(login[may], false, "{may}");
    }
}
