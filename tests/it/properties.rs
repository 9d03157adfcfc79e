//! Whatever JSON can carry, in every field: it is in the warehouse and in every file as it was delivered, or in quarantine
//! with a reason. Through the whole chain, with PostgreSQL as the judge.
//!
//! `PROPTEST_CASES=200 cargo test --locked --test it properties::` looks longer. What it finds stays in
//! `proptest-regressions/`.

mod delivered;
mod readback;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;
use serde_json::value::RawValue;
use tijian::guidance::ExitCode;
use tijian::night::RunReport;
use tijian::pipeline::Contract;
use tijian::pipeline::contract::SHIPPED;
use tijian::reservation::Rejection;
use tijian::seal::{QuarantineKey, open_record};
use tijian::validate::Outcome;
use tokio::runtime::Runtime;

use crate::exports::add_export;
use crate::fuzz::targets::json::Members;
use crate::fuzz::targets::record::{judge, lenient};
use crate::support::{Hospital, Recorder, encrypted, record};
use delivered::{Delivered, delivered, respell};
use readback::{Accepted, assert_fingerprints, assert_in_finance_files, assert_in_parquet, assert_in_postgres};

/// Nights of this many records: a night costs as much as hundreds of records do.
const RECORDS: usize = 150;

/// Cases of one run of the tests, two seconds each.
const CASES: u32 = 5;

/// Rows compared with PostgreSQL so far, for whoever asks with `--nocapture`.
static ROWS: AtomicU64 = AtomicU64::new(0);

fn config() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").is_ok().then(ProptestConfig::default);
    // Each step of shrinking is a night.
    ProptestConfig { max_shrink_iters: 60, ..asked.unwrap_or(ProptestConfig::with_cases(CASES)) }
}

proptest! {
    #![proptest_config(config())]

    /// Invariant: Any JSON value is kept as delivered, in the warehouse and in every file, or refused with a reason. A
    /// value in another form than the interface's that can only mean one thing is kept in the interface's form.
    /// Held by: the contract's essential rules, and `form`; fields that know what can be stored.
    #[test]
    fn any_value_is_kept_as_delivered_or_refused_with_a_reason(
        records in vec(delivered(), RECORDS / 2..=RECORDS),
        contract in select(vec!["shipped", "lenient"]),
    ) {
        Runtime::new().unwrap().block_on(deliver(&records, contract));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_index_and_no_cell_can_hold_stops_nothing_even_where_lengths_only_warn() {
    let mut hospital = Hospital::new().await;
    use_contract(&mut hospital, &lenient());
    add_export(&mut hospital, "finance", "workbook", "format = \"xlsx\"");

    // Each character another one: PostgreSQL compresses what repeats.
    let long = |characters: u32| -> String { (0x4E00..0x4E00 + characters).filter_map(char::from_u32).collect() };
    hospital.simulator.insert_records(vec![
        record("A-1", &format!(r#""hospitalCode":"{}""#, long(1_000))),
        record("A-2", &format!(r#""addCombinationName":"{}""#, long(20_000).repeat(2))),
        record("A-3", &format!(r#""hospitalCode":"{0}","dataSources":"{0}","hospitalPackageId":"{0}""#, long(150))),
        record("A-4", &format!(r#""name":"{0}","addCombinationName":"{0}""#, long(15_999))),
    ]);
    let report = hospital.run_well().await;
    assert_eq!((report.counts.rejected, report.counts.warned), (2, 2));
    assert_eq!(hospital.database.lines("select serial_number from etl.rejections order by 1").await, ["A-1", "A-2"]);
    hospital.database.assert_sound().await;
}

/// Nights with the same records: in other words the second time, and the third time against what is stored.
#[allow(clippy::print_stdout, reason = "the test runner shows it where it is asked to")]
async fn deliver(records: &[Delivered], contract: &str) {
    let recorder = Recorder::start().await;
    let contract = if contract == "lenient" { lenient() } else { SHIPPED.to_owned() };
    let hospital = hospital(&recorder, &contract).await;
    let texts: Vec<String> = records.iter().enumerate().map(|(number, record)| record.write(number)).collect();
    let (accepted, rejected) = judge_all(&texts, &hospital.pipeline.contract);
    let report = night(&recorder, &hospital, &texts, 0).await;
    assert_counts(&report, texts.len(), &accepted);
    assert_eq!(report.counts.opened, accepted.len() as u64);
    assert_acknowledged(&recorder, &accepted, &rejected);
    assert_quarantined(&hospital, &rejected, 1).await;

    let mut rows = assert_in_postgres(&hospital, &accepted).await;
    rows += assert_in_parquet(&hospital).await;
    rows += assert_in_finance_files(&hospital).await;
    rows += assert_fingerprints(&hospital).await;
    let all = ROWS.fetch_add(rows as u64, Ordering::Relaxed) + rows as u64;
    println!("{} accepted, {} rejected; {all} rows compared in all", accepted.len(), rejected.len());

    let again: Vec<String> = texts.iter().map(|text| respelled(text)).collect();
    let report = night(&recorder, &hospital, &again, 1).await;
    assert_counts(&report, texts.len(), &accepted);
    assert_eq!(report.counts.unchanged, accepted.len() as u64, "the same content opens no version");
    assert_quarantined(&hospital, &rejected, 2).await;

    hospital.database.outdate_fingerprints().await;
    let report = night(&recorder, &hospital, &texts, 2).await;
    assert_eq!(report.counts.unchanged, accepted.len() as u64, "nor does it where only the stored content tells");
    hospital.database.assert_sound().await;
}

/// A hospital with every form of export, whose platform answers as this test says.
async fn hospital(recorder: &Recorder, contract: &str) -> Hospital {
    let mut hospital = Hospital::new().await;
    use_contract(&mut hospital, contract);
    let simulator = hospital.simulator.url();
    hospital.redefine(|text| text.replace(&simulator, &recorder.url));
    add_export(&mut hospital, "history", "named", "include_identity = true");
    add_export(&mut hospital, "finance", "clerk", "profile = \"excel\"");
    add_export(&mut hospital, "finance", "gb18030", "profile = \"excel\"\nencoding = \"gb18030\"");
    add_export(&mut hospital, "finance", "workbook", "format = \"xlsx\"");
    hospital
}

fn use_contract(hospital: &mut Hospital, contract: &str) {
    let file = hospital.dir.path().join("contract.toml");
    std::fs::write(&file, contract).unwrap();
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/pipelines/contracts/reservation.toml");
    hospital.redefine(|text| text.replace(shipped, file.to_str().unwrap()));
}

async fn night(recorder: &Recorder, hospital: &Hospital, records: &[String], number: i64) -> RunReport {
    let timestamp = 1_767_636_000_000 + number * 86_400_000;
    let result = records.join(",");
    let answer = format!(r#"{{"code":200,"success":true,"result":[{result}],"timestamp":{timestamp}}}"#);
    recorder.answer("order", encrypted(&answer));
    hospital.run_well().await
}

/// What must become of each record, by validation and by an oracle that reads the same text by itself.
fn judge_all(texts: &[String], contract: &Contract) -> (Vec<Accepted>, Vec<Rejection>) {
    let (mut accepted, mut rejected) = (Vec::new(), Vec::new());
    for text in texts {
        match judge(text.as_bytes(), contract) {
            Outcome::Accepted { reservation, warnings } => {
                accepted.push(Accepted { members: Members::read(text.as_bytes()).unwrap(), reservation, warnings });
            }
            Outcome::Rejected(rejection) => rejected.push(rejection),
        }
    }
    (accepted, rejected)
}

fn assert_counts(report: &RunReport, received: usize, accepted: &[Accepted]) {
    let counts = report.counts;
    assert_eq!(counts.received, received as u64);
    assert_eq!(counts.received, counts.accepted + counts.rejected);
    assert_eq!(counts.accepted, accepted.len() as u64);
    assert_eq!(counts.accepted, counts.opened + counts.unchanged);
    let expected = if counts.rejected > 0 { ExitCode::Quarantined } else { ExitCode::Good };
    assert_eq!(report.exit_code(), expected);
}

/// Each accepted record is acknowledged, by its batch or by itself, in the very text of its key; no refused one is.
fn assert_acknowledged(recorder: &Recorder, accepted: &[Accepted], rejected: &[Rejection]) {
    let said: Vec<Value> = recorder
        .requests_of("callback")
        .iter()
        .map(|request| serde_json::from_str(&request.parameters()).unwrap())
        .collect();
    let is_said = |name: &str, key: &str| said.iter().any(|request| request[name] == key);
    for Accepted { reservation, .. } in accepted {
        let is_acknowledged =
            is_said("requestId", &reservation.request_id) || is_said("serialNumber", &reservation.serial_number);
        assert!(is_acknowledged, "{:?} is not acknowledged", reservation.serial_number);
    }
    for rejection in rejected {
        let batch = rejection.request_id.as_deref().is_some_and(|key| is_said("requestId", key));
        let single = rejection.serial_number.as_deref().is_some_and(|key| is_said("serialNumber", key));
        assert!(!batch && !single, "a refused record is acknowledged");
    }
}

/// Each refused record is in quarantine once, whole, with its reasons.
async fn assert_quarantined(hospital: &Hospital, rejected: &[Rejection], attempts: i32) {
    let key = QuarantineKey::derive(hospital.settings.site_key().unwrap().expose());
    let query = "select content_sha256, sealed_record, reasons::text, attempts from etl.rejections
        where resolved_at is null";
    let rows = hospital.database.client.query(query, &[]).await.unwrap();
    let mut expected: BTreeMap<&[u8], Vec<&Rejection>> = BTreeMap::new();
    for rejection in rejected {
        expected.entry(&rejection.content_sha256).or_default().push(rejection);
    }
    assert_eq!(rows.len(), expected.len(), "of equal records, one is kept");
    for row in &rows {
        let opened = open_record(&key, "demo", row.get(0), row.get(1)).unwrap();
        let same = &expected[&opened.content_sha256[..]];
        if attempts == 1 {
            assert!(same.iter().any(|rejection| rejection.record == *opened.record), "kept to the byte");
        }
        let reasons: Vec<Value> = serde_json::from_str(row.get(2)).unwrap();
        assert_eq!(reasons.len(), same[0].problems.len());
        assert!(!reasons.is_empty());
        assert_eq!(row.get::<_, i32>(3), attempts);
    }
}

/// The record in other words. (One that names a member twice says something else the other way round, and one with a text
/// that nobody can read counts byte for byte.)
fn respelled(text: &str) -> String {
    let Some(members) = Members::read(text.as_bytes()) else { return text.to_owned() };
    if serde_json::from_str::<Value>(text).is_err() || members.0.iter().any(|(name, _)| members.count(name) > 1) {
        return text.to_owned();
    }
    let spelled =
        |(name, value): &(String, Box<RawValue>)| (Value::from(name.as_str()).to_string(), value.get().to_owned());
    respell(&members.0.iter().map(spelled).collect::<Vec<_>>())
}
