//! Whoever may read the marts or the finance schema reads everything that the server lets them, and finds nobody.

use std::collections::BTreeSet;

use tokio_postgres::Client;

use crate::roles::log_in;
use crate::support::{Hospital, lines, marked_record};

/// What [`marked_record`] tells of the person. Its hospital and package are no secret.
const PERSON: [&str; 6] =
    ["标记姓名", "MARKED-CARD", "11010519491231002X", "13912345678", "1949-12-31", "MARKED-EXTRA"];

#[tokio::test(flavor = "multi_thread")]
async fn no_column_of_marts_and_finance_is_for_a_person() {
    let hospital = Hospital::new().await;
    let named = hospital
        .database
        .lines(
            "select table_name || '.' || column_name
            from information_schema.columns
            where table_schema in ('mart', 'dashboard', 'finance')
                and column_name in ('name', 'idcard', 'mobile', 'erhc_no', 'birthdate', 'extra', 'fingerprint')",
        )
        .await;
    assert_eq!(named, Vec::<String>::new());
}

/// Invariant: Marts and finance schema identify nobody, whatever the query.
/// Held by: views without those columns, made with their owner's rights; statistics are as restricted as the tables.
#[tokio::test(flavor = "multi_thread")]
async fn reading_everything_that_may_be_read_shows_no_person() {
    let hospital = Hospital::new().await;
    let records = (1..40).map(|number| marked_record(&format!("A-{number}"), ""));
    let refused = marked_record("BAD-1", r#""checkDate":"2026-02-30""#);
    hospital.simulator.insert_records(records.chain([refused]).collect());
    hospital.run_well().await;
    // Statistics hold the most common values of every column.
    hospital.database.client.batch_execute("analyze").await.unwrap();

    let everything = read_everything(&hospital.database.client).await;
    let found: Vec<_> = PERSON.iter().filter(|value| everything.contains(**value)).collect();
    assert_eq!(found.len(), PERSON.len(), "the owner finds all of it, so there is something to find: {found:?}");
    let statistics = "select count(*)::text from pg_stats where schemaname in ('etl', 'warehouse')";
    assert_ne!(lines(&hospital.database.client, statistics).await, ["0"]);

    for group in
        [Some("tijian_analyst"), Some("tijian_dashboard"), Some("tijian_finance"), Some("tijian_frontdesk"), None]
    {
        let client = log_in(&hospital.database, group).await;
        let everything = read_everything(&client).await;
        let is_reader = group.is_some_and(|group| ["tijian_analyst", "tijian_finance"].contains(&group));
        assert_eq!(everything.contains("A-1"), is_reader, "{group:?}");
        for value in PERSON {
            assert!(!everything.contains(value), "{group:?} finds {value}");
        }
        assert_eq!(lines(&client, statistics).await, ["0"], "{group:?}");
    }
}

/// Every row of every relation, PostgreSQL's own included, that this login may read; and what the marts' function answers.
async fn read_everything(client: &Client) -> String {
    let readable = "select relation.oid::regclass::text
        from pg_class as relation
        where relation.relkind in ('r', 'p', 'v', 'm') and has_table_privilege(relation.oid, 'select')
            and has_schema_privilege(relation.relnamespace, 'usage')
        order by 1";
    let mut everything = BTreeSet::new();
    let mut relations = lines(client, readable).await;
    assert!(relations.len() > 100);
    relations.push("mart.daily_volumes_as_of(now(), '2000-01-01', '2099-12-31')".to_owned());
    for relation in relations {
        // Some views of the system are for superusers in spite of their access list; then there is nothing to read.
        let rows = client.query(&format!("select row::text from {relation} as row"), &[]).await;
        everything.extend(rows.unwrap_or_default().iter().filter_map(|row| row.get::<_, Option<String>>(0)));
    }
    everything.into_iter().collect::<Vec<_>>().join("\n")
}
