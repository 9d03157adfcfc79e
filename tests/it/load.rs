//! Loads of some size: one bad record among ten thousand, and plans that stay on the indexes.

use tijian::guidance::ExitCode;
use tijian::simulator::GeneratorOptions;
use tokio_postgres::types::ToSql;

use crate::support::{Hospital, TestDatabase, record};

#[tokio::test(flavor = "multi_thread")]
async fn one_over_long_record_in_ten_thousand_is_held_and_nothing_else() {
    let options = GeneratorOptions { reservations: 9_999, new_per_night: 30, changes: 0.0, ..Default::default() };
    let hospital = Hospital::with_reservations(options).await;
    hospital.simulator.insert_records(vec![record("LONG-1", &format!(r#""name":"{}""#, "长".repeat(21)))]);
    let first = hospital.run_well().await;
    assert_eq!((first.counts.received, first.counts.accepted, first.counts.rejected), (10_000, 9_999, 1));
    assert_eq!((first.counts.opened, first.exit_code()), (9_999, ExitCode::Quarantined));
    assert_eq!((first.acknowledged, first.pending), (9_999, 0));
    assert_eq!(hospital.database.outbox().await, ["reservation_ack done 9999"]);
    let mut confirmed: Vec<String> = hospital.confirmed().into_iter().filter_map(|entry| entry.key).collect();
    confirmed.sort();
    let expected: Vec<String> = (0..9_999).map(|number| format!("ZJ109-{number:06}")).collect();
    assert_eq!(confirmed, expected, "each singly, and once");
    assert_eq!(hospital.simulator.unacknowledged(), 1);

    // The next night brings it again beside thirty new ones.
    hospital.simulator.advance_night();
    let second = hospital.run_well().await;
    assert_eq!((second.counts.received, second.counts.opened, second.counts.rejected), (31, 30, 1));
    assert_eq!((second.acknowledged, second.exit_code()), (30, ExitCode::Quarantined));
    assert_eq!(
        hospital.database.lines("select serial_number || ' ' || attempts from etl.rejections").await,
        ["LONG-1 2"]
    );
    assert_eq!(hospital.simulator.unacknowledged(), 1);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_load_knows_what_its_earlier_chunks_have_opened() {
    let hospital = Hospital::new().await;
    // More than two chunks lie between the states of A-1; the refused record interrupts the COPY.
    let mut records = vec![record("A-1", "")];
    records.extend((0..6_000).map(|number| record(&format!("F-{number}"), "")));
    records.push(record("BAD-1", r#""checkDate":"2026-02-30""#));
    records.extend((6_000..12_000).map(|number| record(&format!("F-{number}"), "")));
    records.extend([record("A-1", r#""orderStatus":5"#), record("F-7", ""), record("A-1", r#""orderStatus":5"#)]);
    hospital.simulator.insert_records(records);
    let report = hospital.run_well().await;
    let counts = &report.counts;
    assert_eq!((counts.received, counts.opened, counts.closed, counts.unchanged), (12_005, 12_002, 1, 2));
    let versions = "select concat_ws(' ', version, change, valid_to) from warehouse.reservation_versions
        where serial_number = 'A-1' order by version";
    let versions = hospital.database.lines(versions).await;
    assert!(versions.len() == 2 && versions[0].starts_with("1 booked 20") && versions[1] == "2 cancelled infinity");
    assert_eq!(hospital.simulator.unacknowledged(), 1);
    hospital.database.assert_sound().await;
}

/// Fifty thousand current versions that nobody has analyzed: a first load, or a private server that is never up long
/// enough.
async fn unanalyzed_history() -> TestDatabase {
    let database = TestDatabase::create().await;
    database
        .client
        .batch_execute(
            "alter table warehouse.reservation_versions set (autovacuum_enabled = false);
            insert into warehouse.reservation_versions (
                account, serial_number, version, valid_from, valid_to, change, hospital_code, check_date, order_status,
                fingerprint, delivery_id, request_id
            )
            select 'demo', 'S-' || number, 1, timestamptz '2026-01-06 00:00Z', 'infinity', 'booked', 'h',
                date '2026-02-01' + (number % 60)::integer, '1', sha256(number::text::bytea), 1, 'r'
            from generate_series(1, 50000) as number",
        )
        .await
        .unwrap();
    let statistics = "select count(*)::text from pg_catalog.pg_statistic where starelid = 'warehouse.reservation_versions'::regclass";
    assert_eq!(database.lines(statistics).await, ["0"]);
    database
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_on_the_history_look_keys_up_in_its_indexes_without_statistics() {
    let mut database = unanalyzed_history().await;
    let serial_numbers: Vec<String> = (1..=5_000).map(|number| format!("S-{}", number * 7)).collect();
    let versions = vec![1; serial_numbers.len()];
    let ends = vec![chrono::DateTime::<chrono::Utc>::from_timestamp(1_767_800_000, 0).unwrap(); serial_numbers.len()];
    let statements: [(&str, &str, Vec<&(dyn ToSql + Sync)>); 4] = [
        ("04", include_str!("../../sql/load/select_current_versions.sql"), vec![&"demo", &serial_numbers]),
        ("05", include_str!("../../sql/load/select_unconfirmed_versions.sql"), vec![&"demo", &serial_numbers]),
        ("06", include_str!("../../sql/load/close_versions.sql"), vec![&"demo", &serial_numbers, &versions, &ends]),
        ("08", include_str!("../../sql/load/check_changed_keys.sql"), vec![&"demo", &serial_numbers, &versions]),
    ];
    // As the load plans, and as PostgreSQL would if it kept one plan for any values.
    for plan_cache_mode in ["force_custom_plan", "force_generic_plan"] {
        for (name, statement, parameters) in &statements {
            let transaction = database.client.transaction().await.unwrap();
            transaction.batch_execute(include_str!("../../sql/session/configure_transaction.sql")).await.unwrap();
            transaction.batch_execute(&format!("set local plan_cache_mode = {plan_cache_mode}")).await.unwrap();
            let rows = transaction.query(&format!("explain {statement}"), parameters).await.unwrap();
            let plan: Vec<String> =
                rows.iter().map(|row| row.get::<_, String>(0).chars().take(400).collect()).collect();
            let at = format!("{name}, {plan_cache_mode}:\n{}", plan.join("\n"));
            assert!(!at.contains("Seq Scan"), "{at}");
            // By account alone, an index is no better than a scan.
            let conditions: Vec<&String> = plan.iter().filter(|line| line.contains("Index Cond: ")).collect();
            assert!(!conditions.is_empty(), "{at}");
            assert!(conditions.iter().all(|condition| condition.contains("serial_number = ")), "{at}");
            transaction.rollback().await.unwrap();
        }
    }
}

/// A version that ends is written once more, and new versions take the room of old ones: after some nights every block of the
/// table holds versions of many deliveries.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_night_brought_is_found_without_reading_the_nights_before() {
    let options = GeneratorOptions { reservations: 3_000, new_per_night: 0, changes: 0.2, ..Default::default() };
    let hospital = Hospital::with_reservations(options).await;
    hospital.run_well().await;
    let mut opened = 0;
    for _ in 0..6 {
        hospital.database.client.batch_execute("vacuum analyze warehouse.reservation_versions").await.unwrap();
        hospital.simulator.advance_night();
        opened = hospital.run_well().await.counts.opened;
    }
    hospital.database.client.batch_execute("vacuum analyze warehouse.reservation_versions").await.unwrap();
    // As in a large table, which nobody reads whole.
    let plans = include_str!("../../sql/session/configure_transaction.sql").replace("set local", "set");
    hospital.database.client.batch_execute(&plans).await.unwrap();
    let night =
        "select format('delivery_id between %s and %1$s', max(delivery_id)) from warehouse.reservation_versions";
    let delivery = &hospital.database.lines(night).await[0];
    let night = "select format('event_date = %L', max(event_date)) from mart.reservation_versions";
    let date = &hospital.database.lines(night).await[0];
    for (relation, condition) in [
        ("finance.version_movements", delivery),
        ("warehouse.reservation_versions", delivery),
        ("mart.reservation_events", date),
        ("mart.reservation_versions", date),
    ] {
        let query = format!("explain (analyze, format json) select * from {relation} where {condition}");
        let plan: serde_json::Value = hospital.database.client.query_one(&query, &[]).await.unwrap().get(0);
        let mut nodes = vec![&plan[0]["Plan"]];
        while let Some(node) = nodes.pop() {
            nodes.extend(node["Plans"].as_array().into_iter().flatten());
            if node["Relation Name"] == "reservation_versions" {
                let read: f64 = ["Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck"]
                    .iter()
                    .filter_map(|rows| node[*rows].as_f64())
                    .sum();
                assert!(read <= opened as f64, "{relation} where {condition}: {read} rows of {opened}: {node}");
            }
        }
    }
}
