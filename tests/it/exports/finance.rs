//! The finance handoff, against SQL: rows, money, names, and the manifest that vouches for them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tijian::simulator::GeneratorOptions;

use super::{add_export, files_in, inode};
use crate::support::{Hospital, TestDatabase, record};

/// The heading of the machine profile, and each column by SQL.
pub const COLUMNS: [(&str, &str); 20] = [
    ("account", "current.account"),
    ("serial_number", "current.serial_number"),
    ("version", "current.version::text"),
    ("change", "current.change"),
    ("booked_at", "to_char(first.valid_from, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"),
    ("booked_date", "((first.valid_from + interval '8 hours')::date)::text"),
    ("changed_at", "to_char(current.valid_from, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"),
    ("changed_date", "((current.valid_from + interval '8 hours')::date)::text"),
    ("hospital_code", "current.hospital_code"),
    ("hospital_name", "coalesce(current.hospital_name, '')"),
    ("check_date", "current.check_date::text"),
    ("check_month", "left(current.check_date::text, 7)"),
    ("hospital_package_id", "coalesce(current.hospital_package_id, '')"),
    ("hospital_package_name", "coalesce(current.hospital_package_name, '')"),
    ("add_combination_id", "coalesce(current.add_combination_id, '')"),
    ("add_combination_name", "coalesce(current.add_combination_name, '')"),
    ("examination_fee", "coalesce(current.examination_fee::text, '')"),
    ("order_status", "current.order_status"),
    ("pay_type", "coalesce(current.pay_type, '')"),
    ("data_sources", "coalesce(current.data_sources, '')"),
];

/// Several nights, with cancelled reservations, odd texts and large fees. A second finance target has the clerk's form.
async fn hospital() -> Hospital {
    let options = GeneratorOptions { reservations: 120, new_per_night: 5, changes: 0.6, ..Default::default() };
    let mut hospital = Hospital::with_reservations(options).await;
    add_export(&mut hospital, "finance", "clerk", "profile = \"excel\"");
    hospital.simulator.insert_records(vec![
        record("A-1", r#""examinationFee":9999999999.99,"hospitalPackageName":"=1+1""#),
        record("A-2", r#""examinationFee":null,"hospitalName":"甲,“乙”\"丙\"""#),
        record("A-3", r#""examinationFee":0.01,"orderStatus":5,"dataSources":"0571""#),
    ]);
    hospital.run_well().await;
    for _ in 1..3 {
        hospital.simulator.advance_night();
        hospital.run_well().await;
    }
    hospital
}

/// The newest snapshot of a folder: its name, bytes and manifest.
pub fn newest(hospital: &Hospital, dir: &str) -> (String, Vec<u8>, Value) {
    let files = files_in(hospital, dir);
    let file = files.iter().rfind(|file| file.ends_with(".csv") && !file.contains("_delta_")).unwrap();
    let read = |file: &str| std::fs::read(hospital.dir.path().join(file)).unwrap();
    let manifest = serde_json::from_slice(&read(&format!("{file}.manifest.json"))).unwrap();
    (file.clone(), read(file), manifest)
}

pub fn rows(csv: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(csv);
    let owned = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
    let heading = owned(reader.headers().unwrap());
    (heading, reader.records().map(|record| owned(&record.unwrap())).collect())
}

pub async fn rows_by_sql(hospital: &Hospital) -> Vec<Vec<String>> {
    hospital.database.client.batch_execute("set timezone = 'UTC'").await.unwrap();
    let expressions: Vec<&str> = COLUMNS.iter().map(|(_, expression)| *expression).collect();
    let query = format!(
        "select json_build_array({})::text
        from warehouse.reservation_versions as current
        inner join warehouse.reservation_versions as first using (account, serial_number)
        where current.valid_to = 'infinity' and first.version = 1
        order by current.serial_number",
        expressions.join(", ")
    );
    hospital.database.lines(&query).await.iter().map(|row| serde_json::from_str(row).unwrap()).collect()
}

async fn expected_manifest(hospital: &Hospital, file: &str, bytes: &[u8], profile: &str) -> Value {
    let query = "select json_build_object(
            'format_version', 2,
            'kind', 'snapshot',
            'account', 'demo',
            'rows', count(*),
            'fee_total', sum(examination_fee)::text,
            'fee_total_active', (sum(examination_fee) filter (where order_status <> '5'))::text,
            'delivery_id', (select max(delivery_id) from etl.deliveries where opened > 0),
            'as_of', (
                select to_char(effective_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')
                from etl.deliveries where opened > 0 order by delivery_id desc limit 1
            )
        )::text
        from warehouse.reservation_versions where valid_to = 'infinity'";
    let mut expected: Value = serde_json::from_str(&hospital.database.lines(query).await[0]).unwrap();
    expected["file"] = json!(file.split_once('/').unwrap().1);
    expected["format"] = json!("csv");
    expected["profile"] = json!(profile);
    expected["encoding"] = json!("utf-8");
    expected["bytes"] = json!(bytes.len());
    expected["sha256"] = json!(hex::encode(Sha256::digest(bytes)));
    for (key, by) in [
        ("by_month", "to_char(check_date, 'YYYY-MM')"),
        ("by_hospital", "hospital_code"),
        ("by_pay_type", "coalesce(pay_type, '')"),
    ] {
        let query = format!(
            "select json_object_agg(by, json_build_object('rows', rows, 'fee_total', total, 'fee_total_active', active))
                ::text
            from (
                select {by} as by, count(*) as rows, coalesce(sum(examination_fee), 0.00)::text as total,
                    coalesce(sum(examination_fee) filter (where order_status <> '5'), 0.00)::text as active
                from warehouse.reservation_versions where valid_to = 'infinity' group by 1
            ) as totals"
        );
        expected[key] = serde_json::from_str(&hospital.database.lines(&query).await[0]).unwrap();
    }
    expected["columns"] = json!(rows(bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)).0);
    expected
}

#[tokio::test(flavor = "multi_thread")]
async fn the_machine_profile_is_the_current_state_as_sql_tells_it() {
    let hospital = hospital().await;
    let (file, bytes, manifest) = newest(&hospital, "finance");
    let (heading, found) = rows(&bytes);
    assert_eq!(heading, COLUMNS.map(|(column, _)| column));
    assert_eq!(found, rows_by_sql(&hospital).await);
    assert_eq!(manifest, expected_manifest(&hospital, &file, &bytes, "machine").await);
    assert!(file.contains(&format!("_{}.csv", manifest["delivery_id"])), "{file}");

    let cancelled = found.iter().filter(|row| row[17] == "5").count();
    assert!(cancelled > 3 && found.iter().any(|row| row[1] == "A-3"), "cancelled reservations stay in the snapshot");
    assert_ne!(manifest["fee_total"], manifest["fee_total_active"]);
    // Nothing in here names a person.
    let people = "select unnest(array[name, idcard, mobile, erhc_no]) from warehouse.reservation_versions";
    let people = hospital.database.lines(people).await;
    assert!(found.iter().flatten().all(|cell| cell.is_empty() || !people.contains(cell)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_excel_profile_has_the_same_rows_in_the_clerks_words() {
    let hospital = hospital().await;
    let (file, bytes, manifest) = newest(&hospital, "clerk");
    assert_eq!(manifest, expected_manifest(&hospital, &file, &bytes, "excel").await);
    let text = std::str::from_utf8(&bytes).unwrap().strip_prefix('\u{feff}').expect("Excel wants the mark");
    assert!(text.ends_with("\"\r\n") && text.starts_with("\"医院账户\",\"预约编号\","), "{}", &text[..100]);

    let (heading, found) = rows(text.as_bytes());
    let by_name = |row: &[String]| -> BTreeMap<String, String> { heading.iter().cloned().zip(row.to_vec()).collect() };
    let (_, machine) = rows(&newest(&hospital, "finance").1);
    assert_eq!(found.len(), machine.len());
    let statuses = BTreeMap::from([("1", "已预约"), ("2", "已改期"), ("5", "已取消")]);
    for (row, machine) in found.iter().zip(&machine) {
        let row = by_name(row);
        // What a spreadsheet would misread has a guard in front.
        let same = |heading: &str, column: usize| {
            let cell = row[heading].trim_start_matches(['\t', '\'']);
            assert_eq!(cell, machine[column], "{heading}");
        };
        same("预约编号", 1);
        same("预约体检日期", 10);
        same("体检套餐名称", 13);
        same("体检费用（元）", 16);
        same("预约状态代码", 17);
        same("支付方式代码", 18);
        same("数据来源", 19);
        assert_eq!(row["预约状态"], statuses[machine[17].as_str()]);
    }
    let guarded: Vec<String> = found.iter().map(|row| by_name(row)).map(|row| row["体检套餐名称"].clone()).collect();
    assert!(guarded.contains(&"'=1+1".to_owned()), "a formula stays a text");
    assert!(found.iter().any(|row| by_name(row)["数据来源"] == "\t0571"), "a code keeps its zero");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_written_once_per_delivery_with_news_and_again_byte_for_byte() {
    let hospital = hospital().await;
    let snapshots = files_in(&hospital, "finance");
    let deltas = snapshots.iter().filter(|file| file.contains("_delta_")).count();
    assert_eq!((deltas, snapshots.len()), (2 * 3, 2 * 2 * 3), "file and manifest of each night, and of its handoff");
    let (file, bytes, manifest) = newest(&hospital, "finance");
    // A night that brings only what is known already is no news.
    hospital.run_well().await;
    hospital
        .simulator
        .insert_records(vec![record("A-3", r#""examinationFee":0.01,"orderStatus":5,"dataSources":"0571""#)]);
    let report = hospital.run_well().await;
    assert_eq!((report.counts.received, report.counts.unchanged, report.exported.len()), (1, 1, 0));

    let before = inode(&hospital, &file);
    let pipeline = hospital.pipeline_file.to_str().unwrap();
    hospital.command(&["export", "--all", pipeline]).expect(0);
    assert_ne!(inode(&hospital, &file), before, "it was written again");
    assert_eq!(newest(&hospital, "finance"), (file, bytes, manifest));
    assert_eq!(files_in(&hospital, "finance"), snapshots);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_made_each_month_or_each_night_or_when_everything_is_asked_for() {
    let mut hospital = Hospital::new().await;
    for (dir, options) in [
        ("monthly", "snapshot = \"monthly\""),
        ("nightly", "snapshot = \"nightly\""),
        ("never", "snapshot = \"never\""),
    ] {
        add_export(&mut hospital, "finance", dir, options);
    }
    hospital.redefine(|text| text.replace("snapshot = \"monthly\"\n", "\n"));
    let snapshots = |hospital: &Hospital| {
        ["monthly", "nightly", "never"].map(|dir| {
            let files = files_in(hospital, dir);
            files.iter().filter(|file| file.ends_with(".csv") && !file.contains("_delta_")).count()
        })
    };
    let mut found = Vec::new();
    for night in 1..=4 {
        hospital.simulator.insert_records(vec![record(&format!("N-{night}"), "")]);
        hospital.run_well().await;
        found.push(snapshots(&hospital));
        if night == 2 {
            // What was made until now is of the month before.
            let older = "update etl.deliveries set effective_at = effective_at - interval '1 month'";
            hospital.database.client.batch_execute(older).await.unwrap();
        }
    }
    assert_eq!(found, [[1, 1, 0], [1, 2, 0], [2, 3, 0], [2, 4, 0]]);
    let deltas = files_in(&hospital, "never").iter().filter(|file| file.ends_with(".csv")).count();
    assert_eq!(deltas, 4, "handoffs come each night");
    hospital.command(&["export", "--all", hospital.pipeline_file.to_str().unwrap()]).expect(0);
    assert_eq!(snapshots(&hospital), [3, 4, 1]);
}

/// Manifests and files of a folder, by their bytes.
fn bytes(hospital: &Hospital, dir: &str) -> BTreeMap<String, Vec<u8>> {
    let read = |file: &String| std::fs::read(hospital.dir.path().join(file)).unwrap();
    files_in(hospital, dir).iter().map(|file| (file.clone(), read(file))).collect()
}

/// Folders of months and Chinese names change where files are, and nothing of what is promised of them.
#[tokio::test(flavor = "multi_thread")]
async fn files_in_folders_of_months_under_chinese_names_are_owed_verified_and_made_again_as_others() {
    let mut hospital = Hospital::new().await;
    add_export(&mut hospital, "finance", "office", "format = \"xlsx\"\nfolders = \"monthly\"\nnames = \"zh\"");
    // Beijing's midnight, from August to September.
    for (serial_number, timestamp) in [("A-1", 1_788_191_999_999), ("A-2", 1_788_192_000_000)] {
        hospital.simulator.set_timestamp(Some(timestamp));
        hospital.simulator.insert_records(vec![record(serial_number, "")]);
        // Stopped before the ledger knows a file, and completed by the next night.
        assert_eq!(hospital.run_until("file_written", 3).await.exit_code(), tijian::guidance::ExitCode::Temporary);
        hospital.run_well().await;
    }
    let expected = [
        "office/2026-08/demo_财务增量_000001_20260831T235959.xlsx",
        "office/2026-08/demo_财务增量_000001_20260831T235959.xlsx.manifest.json",
        "office/2026-08/demo_财务快照_20260831T235959_1.xlsx",
        "office/2026-08/demo_财务快照_20260831T235959_1.xlsx.manifest.json",
        "office/2026-09/demo_财务增量_000002_20260901T000000.xlsx",
        "office/2026-09/demo_财务增量_000002_20260901T000000.xlsx.manifest.json",
        "office/2026-09/demo_财务快照_20260901T000000_3.xlsx",
        "office/2026-09/demo_财务快照_20260901T000000_3.xlsx.manifest.json",
    ];
    let mut found = files_in(&hospital, "office");
    found.sort();
    assert_eq!(found, expected);
    for file in expected {
        hospital.command(&["finance", "verify", hospital.dir.path().join(file).to_str().unwrap()]).expect(0);
    }
    let made = bytes(&hospital, "office");
    std::fs::remove_file(hospital.dir.path().join(expected[0])).unwrap();
    let pipeline = hospital.pipeline_file.to_str().unwrap().to_owned();
    hospital.command(&["export", "--all", &pipeline]).expect(0);
    assert_eq!(bytes(&hospital, "office"), made, "byte for byte");

    // What is there stays where it is, is not owed again, and made again in its own place.
    hospital.redefine(|text| text.replace("folders = \"monthly\"\nnames = \"zh\"", ""));
    hospital.run_well().await;
    assert_eq!(bytes(&hospital, "office"), made);
    hospital.command(&["export", "--all", &pipeline]).expect(0);
    assert_eq!(bytes(&hospital, "office"), made);
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshots_past_their_days_go_and_deltas_stay() {
    let mut hospital = Hospital::new().await;
    add_export(&mut hospital, "finance", "office", "folders = \"monthly\"\nsnapshot_days = 30");
    let ago = "select (extract(epoch from now() - make_interval(days => $days)) * 1000)::bigint::text";
    for days in [40, 31, 29, 28] {
        let at = hospital.database.lines(&ago.replace("$days", &days.to_string())).await;
        hospital.simulator.set_timestamp(at[0].parse().ok());
        hospital.simulator.insert_records(vec![record(&format!("A-{days}"), "")]);
        hospital.run_well().await;
    }
    let count = |hospital: &Hospital, dir: &str| {
        let files = files_in(hospital, dir).into_iter().filter(|file| !file.contains("_delta_"));
        files.collect::<Vec<_>>().len()
    };
    assert_eq!((count(&hospital, "office"), count(&hospital, "finance")), (8, 8), "file and manifest");
    let deltas = files_in(&hospital, "office").into_iter().filter(|file| file.contains("_delta_")).collect::<Vec<_>>();
    let pipeline = hospital.pipeline_file.to_str().unwrap().to_owned();
    let retain = |hospital: &Hospital| {
        hospital.command(&["retain", "--clock-is-right", "--output", "json", &pipeline]).expect(0).json()
    };
    assert_eq!(retain(&hospital)["accounts"]["demo"]["snapshots"], 2);
    assert_eq!((count(&hospital, "office"), count(&hospital, "finance")), (4, 8), "where nobody says so they stay");
    assert_eq!(retain(&hospital)["accounts"]["demo"]["snapshots"], 0);
    hospital.redefine(|text| text.replace("snapshot_days = 30", "snapshot_days = 1"));
    assert_eq!(retain(&hospital)["accounts"]["demo"]["snapshots"], 1);
    assert_eq!(count(&hospital, "office"), 2, "the newest one stays");
    let left = files_in(&hospital, "office").into_iter().filter(|file| file.contains("_delta_")).collect::<Vec<_>>();
    assert_eq!(left, deltas);
    hospital.run_well().await;
    assert_eq!(count(&hospital, "office"), 2, "and none comes back");
}

/// In the new warehouse, deliveries count from 1; and 5,000 files of others share the folder.
#[tokio::test(flavor = "multi_thread")]
async fn snapshots_of_a_warehouse_before_go_by_their_days_and_the_newest_one_of_all_stays() {
    let mut hospital = Hospital::new().await;
    add_export(&mut hospital, "finance", "office", "snapshot_days = 30");
    let shared = hospital.dir.path().join("office");
    let pipeline = hospital.pipeline_file.to_str().unwrap().to_owned();
    let ago = "select (extract(epoch from now() - make_interval(days => $days)) * 1000)::bigint::text";
    let night = async |hospital: &Hospital, url: &str, days: u32| {
        let at = hospital.database.lines(&ago.replace("$days", &days.to_string())).await;
        hospital.simulator.set_timestamp(at[0].parse().ok());
        hospital.simulator.insert_records(vec![record(&format!("A-{days}"), "")]);
        let mut run = hospital.tijian();
        crate::support::end({
            run.args(["run", &pipeline]).env("DATABASE_URL", url);
            run
        })
        .expect(0);
    };
    for days in [70, 60, 50] {
        night(&hospital, &hospital.database.url, days).await;
    }
    std::fs::write(shared.join("theirs"), "x").unwrap();
    for number in 0..5_000 {
        let name = format!("theirs_finance_20200101T080000_{number}.xlsx.manifest.json");
        std::fs::hard_link(shared.join("theirs"), shared.join(name)).unwrap();
    }
    // Else the new warehouse would take the deliveries back, each under its number.
    std::fs::remove_dir_all(hospital.dir.path().join("landing")).unwrap();
    let other = TestDatabase::create().await;
    let on = |arguments: &[&str], code: i32| {
        let mut command = hospital.tijian();
        command.args(arguments).env("DATABASE_URL", &other.url);
        crate::support::end(command).expect(code)
    };
    on(&["adopt", &pipeline, "--confirm"], 0);
    let snapshots = || {
        let files = files_in(&hospital, "office").into_iter();
        let ours = files.filter(|file| file.starts_with("office/demo_finance_2") && file.ends_with(".csv"));
        ours.map(|file| file.rsplit_once('_').unwrap().1.to_owned()).collect::<Vec<_>>()
    };
    let retain = || on(&["retain", "--clock-is-right", "--output", "json", &pipeline], 0).json();
    assert_eq!(snapshots(), ["1.csv", "2.csv", "3.csv"]);
    night(&hospital, &other.url, 40).await;
    assert_eq!(snapshots(), ["1.csv", "2.csv", "3.csv", "1.csv"]);
    assert_eq!(retain()["accounts"]["demo"]["snapshots"], 3);
    assert_eq!(snapshots(), ["1.csv"]);
    assert!(files_in(&hospital, "office").iter().any(|file| file.ends_with("_1.csv.manifest.json")));
    night(&hospital, &other.url, 35).await;
    assert_eq!(retain()["accounts"]["demo"]["snapshots"], 1);
    assert_eq!(snapshots(), ["2.csv"]);
    let theirs = files_in(&hospital, "office").into_iter().filter(|file| file.contains("/theirs"));
    assert_eq!(theirs.count(), 5_001);
}
