//! The finance deltas: what stands in them and in their manifests, and that they are never overwritten.

mod sums;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tijian::guidance::ExitCode;

use super::{add_export, files_in, inode};
use crate::support::{Hospital, record};

pub(super) use sums::{Journal, random_nights};

/// Rows of a CSV file, by heading, without what guards them in a spreadsheet.
pub(super) fn rows(hospital: &Hospital, file: &str) -> Vec<BTreeMap<String, String>> {
    let bytes = std::fs::read(hospital.dir.path().join(file)).unwrap();
    let text = std::str::from_utf8(&bytes).unwrap().trim_start_matches('\u{feff}');
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader
        .deserialize::<BTreeMap<String, String>>()
        .map(|row| {
            row.unwrap().into_iter().map(|(name, cell)| (name, cell.trim_start_matches('\t').to_owned())).collect()
        })
        .collect()
}

fn csv_files(hospital: &Hospital, dir: &str, is_delta: bool) -> Vec<String> {
    let files = files_in(hospital, dir).into_iter().filter(|file| file.ends_with(".csv"));
    files.filter(|file| file.contains("_delta_") == is_delta).collect()
}

fn manifest(hospital: &Hospital, file: &str) -> Value {
    serde_json::from_slice(&std::fs::read(hospital.dir.path().join(format!("{file}.manifest.json"))).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_booked_as_an_accountant_would() {
    let hospital = Hospital::new().await;
    let states = [
        r##""examinationFee":100.00"##,
        r##""examinationFee":100.00,"mobile":"1""##,
        r##""examinationFee":100.00,"checkDate":"2026-02-28","orderStatus":2"##,
        r##""examinationFee":120.50,"checkDate":"2026-02-28","orderStatus":2"##,
        r##""examinationFee":120.50,"checkDate":"2026-03-05","orderStatus":2"##,
        r##""examinationFee":120.50,"checkDate":"2026-03-05","orderStatus":5"##,
        r##""examinationFee":120.50,"checkDate":"2026-03-05""##,
        r##""examinationFee":120.50,"checkDate":"2026-03-05","payType":1"##,
        r##""examinationFee":null,"checkDate":"2026-03-05","payType":1"##,
    ];
    for state in states {
        hospital.simulator.insert_records(vec![record("A-1", state)]);
        hospital.run_well().await;
    }
    let found: Vec<String> = csv_files(&hospital, "finance", true)
        .iter()
        .flat_map(|file| rows(&hospital, file))
        .map(|row| {
            let columns =
                ["handoff_number", "entry_number", "version", "event", "entry_kind", "check_date", "pay_type"];
            let text: Vec<&str> = columns.iter().map(|column| row[*column].as_str()).collect();
            format!("{} {}", text.join(" "), row["amount"])
        })
        .collect();
    let expected = [
        "1 1 1 booked posting 2026-02-03 0 100.00",
        "2 2 4 amended adjustment 2026-02-28 0 20.50",
        "3 3 5 rescheduled reversal 2026-02-28 0 -120.50",
        "3 4 5 rescheduled posting 2026-03-05 0 120.50",
        "4 5 6 cancelled reversal 2026-03-05 0 -120.50",
        "5 6 7 reinstated posting 2026-03-05 0 120.50",
        "6 7 8 amended reversal 2026-03-05 0 -120.50",
        "6 8 8 amended posting 2026-03-05 1 120.50",
        "7 9 9 amended reversal 2026-03-05 1 -120.50",
    ];
    assert_eq!(found, expected);
    let view = "select concat_ws(' ', handoff_number, entry_number, version, event, entry_kind, check_date, pay_type,
        amount) from finance.entries order by entry_number";
    assert_eq!(hospital.database.lines(view).await, expected, "the view says the same");
    let days = "select distinct concat_ws(' ', event_date = (event_at + interval '8 hours')::date,
            posting_date = (select (as_of + interval '8 hours')::date from finance.handoffs as handoff
                where handoff.handoff_number = entry.handoff_number))
        from finance.entries as entry";
    hospital.database.client.batch_execute("set timezone = 'UTC'").await.unwrap();
    assert_eq!(hospital.database.lines(days).await, ["t t"], "Beijing's dates");
    let journal = "select count(*)::text from finance.movements";
    assert_eq!(hospital.database.lines(journal).await, ["9"]);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_manifest_of_a_delta_says_where_it_stands_in_the_journal() {
    let hospital = Hospital::new().await;
    hospital.simulator.insert_records(vec![record("A-1", ""), record("A-2", r#""hospitalCode":"0571""#)]);
    hospital.run_well().await;
    hospital.simulator.insert_records(vec![record("A-1", r#""orderStatus":5"#)]);
    hospital.run_well().await;
    let file = csv_files(&hospital, "finance", true).pop().unwrap();
    let bytes = std::fs::read(hospital.dir.path().join(&file)).unwrap();
    let found = manifest(&hospital, &file);
    let snapshot = manifest(&hospital, csv_files(&hospital, "finance", false).last().unwrap());
    let totals = json!({ "rows": 1, "amount": "-2881.00" });
    assert_eq!(
        found,
        json!({
            "format_version": 2,
            "kind": "delta",
            "account": "demo",
            "file": file.split_once('/').unwrap().1,
            "format": "csv",
            "profile": "machine",
            "encoding": "utf-8",
            "delivery_id": snapshot["delivery_id"],
            "as_of": snapshot["as_of"],
            "handoff": {
                "handoff_number": 2,
                "first_delivery_id": 2,
                "last_delivery_id": 2,
                "first_entry_number": 3,
                "last_entry_number": 3,
                "balance_before": "5762.00",
                "balance_after": snapshot["fee_total_active"],
            },
            "rows": 1,
            "amount": "-2881.00",
            "by_month": { "2026-02": totals },
            "by_hospital": { "100637": totals },
            "by_pay_type": { "0": totals },
            "bytes": bytes.len(),
            "sha256": hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&bytes)),
            "columns": "account handoff_number entry_number entry_kind event event_at event_date posting_date posting_month serial_number version \
                hospital_code hospital_name check_date check_month hospital_package_id hospital_package_name order_status pay_type \
                data_sources amount_before amount_after amount"
                .split(' ')
                .collect::<Vec<_>>(),
        })
    );
    assert_eq!(snapshot["fee_total_active"], "2881.00");
    assert!(file.starts_with("finance/demo_finance_delta_000002_20"), "{file}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_excel_profile_has_the_same_entries_in_the_clerks_words() {
    let mut hospital = Hospital::new().await;
    add_export(&mut hospital, "finance", "clerk", "profile = \"excel\"");
    random_nights(&hospital, 7, 2, &mut Journal::default()).await;
    let names = BTreeMap::from([("posting", "入账"), ("adjustment", "调整"), ("reversal", "冲销")]);
    for (clerk, machine) in csv_files(&hospital, "clerk", true).iter().zip(csv_files(&hospital, "finance", true)) {
        let (clerk, machine) = (rows(&hospital, clerk), rows(&hospital, &machine));
        assert_eq!(clerk.len(), machine.len());
        for (clerk, machine) in clerk.iter().zip(machine) {
            for (zh, name) in [
                ("交接批次", "handoff_number"),
                ("分录号", "entry_number"),
                ("分录类型代码", "entry_kind"),
                ("业务事件代码", "event"),
                ("支付方式代码", "pay_type"),
                ("预约编号", "serial_number"),
                ("预约体检日期", "check_date"),
                ("变动前金额（元）", "amount_before"),
                ("变动后金额（元）", "amount_after"),
                ("发生额（元）", "amount"),
            ] {
                assert_eq!(clerk[zh], machine[name], "{zh}");
            }
            assert_eq!(clerk["分录类型"], names[machine["entry_kind"].as_str()]);
            assert_eq!(clerk.len(), machine.len() + 4, "words for kind, event, status and way of payment");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nights_that_move_no_money_make_no_handoff() {
    let hospital = Hospital::new().await;
    hospital.run_well().await;
    hospital.simulator.insert_records(vec![record("A-1", r#""examinationFee":0"#)]);
    hospital.run_well().await;
    assert_eq!(csv_files(&hospital, "finance", true), [""; 0]);
    hospital.simulator.insert_records(vec![record("A-1", "")]);
    hospital.run_well().await;
    hospital.run_well().await;
    let handoffs = "select concat_ws(' ', handoff_number, first_delivery_id, last_delivery_id, entries, amount)
        from finance.handoffs";
    assert_eq!(hospital.database.lines(handoffs).await, ["1 1 3 1 2881.00"]);
    assert_eq!(csv_files(&hospital, "finance", true).len(), 1);
    hospital.database.assert_sound().await;
}

/// Invariant: A handoff always has the same bytes, and never replaces another file.
/// Held by: numbered in one statement under the account's lock; its files are published only if no file with other
/// content is there.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_target_gets_all_handoffs_and_everything_again_is_the_same_bytes() {
    let mut hospital = Hospital::new().await;
    random_nights(&hospital, 11, 3, &mut Journal::default()).await;
    add_export(&mut hospital, "finance", "second", "profile = \"machine\"");
    hospital.run_well().await;
    let read = |dir: &str| -> Vec<(String, Vec<u8>)> {
        let files = files_in(&hospital, dir).into_iter().filter(|file| file.contains("_delta_"));
        files
            .map(|file| {
                (file.split_once('/').unwrap().1.to_owned(), std::fs::read(hospital.dir.path().join(&file)).unwrap())
            })
            .collect()
    };
    let first = read("finance");
    assert_eq!(first.len(), 2 * 3, "file and manifest of each night");
    assert_eq!(read("second"), first);

    let kept = format!("finance/{}", first[0].0);
    let before = inode(&hospital, &kept);
    std::fs::remove_file(hospital.dir.path().join("second").join(&first[2].0)).unwrap();
    hospital.command(&["export", "--all", hospital.pipeline_file.to_str().unwrap()]).expect(0);
    assert_eq!(inode(&hospital, &kept), before, "a handoff that is there stays");
    assert_eq!((read("finance"), read("second")), (first.clone(), first), "what was lost is back");
    hospital.database.assert_sound().await;
}

/// Invariant: A handoff always has the same bytes, and never replaces another file.
#[tokio::test(flavor = "multi_thread")]
async fn a_handoff_never_overwrites_another_file() {
    let hospital = Hospital::new().await;
    hospital.simulator.insert_records(vec![record("A-1", "")]);
    hospital.run_well().await;
    let file = csv_files(&hospital, "finance", true).pop().unwrap();
    let path = hospital.dir.path().join(&file);
    let told = "already exists with other content, and files handed to finance are never overwritten";
    for victim in [path.clone(), tijian::files::manifest_path(&path)] {
        let content = std::fs::read(&victim).unwrap();
        std::fs::write(&victim, "booked on Monday").unwrap();
        let ended = hospital.command(&["export", "--all", hospital.pipeline_file.to_str().unwrap()]).expect(1);
        assert!(ended.stderr.contains(told) && ended.stderr.contains("move it away"), "{}", ended.stderr);
        assert_eq!(std::fs::read(&victim).unwrap(), b"booked on Monday");
        std::fs::write(&victim, content).unwrap();
    }
    // The next handoff is made all the same.
    hospital.database.client.batch_execute("delete from etl.exports where part = 'delta-000001'").await.unwrap();
    std::fs::write(&path, "booked on Monday").unwrap();
    hospital.simulator.insert_records(vec![record("A-2", "")]);
    assert_eq!(hospital.run().await.exit_code(), ExitCode::Failed);
    assert_eq!(csv_files(&hospital, "finance", true).len(), 2);
    std::fs::remove_file(&path).unwrap();
    hospital.run_well().await;
    assert_eq!(rows(&hospital, &file).len(), 1);
}

/// Invariant: A handoff always has the same bytes, and never replaces another file.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_killed_between_handoff_and_file_is_completed_by_the_next() {
    // History of one month, snapshot, delta: stopped before the ledger knows the first, the second, the third.
    for nth in 1..=3 {
        let hospital = Hospital::new().await;
        hospital.simulator.insert_records(vec![record("A-1", "")]);
        let stopped = hospital.run_until("file_written", nth).await;
        assert_eq!(stopped.exit_code(), ExitCode::Temporary);
        let handoffs = "select handoff_number::text from finance.handoffs";
        assert_eq!(hospital.database.lines(handoffs).await, ["1"], "{nth}");
        hospital.run_well().await;
        assert_eq!(hospital.database.lines(handoffs).await, ["1"], "{nth}");
        let files = files_in(&hospital, "finance");
        assert_eq!(files.len(), 4, "{nth}: {files:?}");
        let parts = "select part from etl.exports where target like 'finance%' order by part";
        assert_eq!(hospital.database.lines(parts).await, ["current", "delta-000001"], "{nth}");
        hospital.database.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_entries_of_one_reservation_are_found_without_reading_the_others() {
    let hospital = Hospital::new().await;
    hospital.simulator.insert_records((1..=2_000).map(|number| record(&format!("R-{number}"), "")).collect());
    hospital.run_well().await;
    let client = &hospital.database.client;
    client.batch_execute("vacuum analyze finance.numbered_movements").await.unwrap();
    for condition in ["serial_number = 'R-7'", "account = 'demo' and serial_number = 'R-7'"] {
        let query = format!("explain (analyze, format json) select * from finance.entries where {condition}");
        let plan: Value = client.query_one(&query, &[]).await.unwrap().get(0);
        let mut rows = Vec::new();
        let mut nodes = vec![&plan[0]["Plan"]];
        while let Some(node) = nodes.pop() {
            rows.push(node["Actual Rows"].as_f64().unwrap() + node["Rows Removed by Filter"].as_f64().unwrap_or(0.0));
            nodes.extend(node["Plans"].as_array().into_iter().flatten());
        }
        assert!(rows.iter().all(|rows| *rows < 10.0), "{condition}: {plan}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_that_are_missing_or_changed_are_found_by_the_audit() {
    for damage in [
        "delete from finance.numbered_movements where entry_number = 1",
        "update finance.numbered_movements set amount = amount + 0.01 where entry_number = 2",
        "update finance.numbered_movements set entry_number = 7 where entry_number = 2",
        "update finance.numbered_movements set handoff_number = 2",
    ] {
        let hospital = Hospital::new().await;
        hospital.simulator.insert_records(vec![record("A-1", ""), record("A-2", "")]);
        hospital.run_well().await;
        hospital.database.client.batch_execute(damage).await.unwrap();
        let found = hospital.database.warehouse.audit().await.unwrap();
        let broken: Vec<&str> = found.iter().filter(|check| check.violations > 0).map(|check| check.name).collect();
        assert_eq!(broken, ["handoffs_hold_their_entries"], "{damage}");
    }
}
