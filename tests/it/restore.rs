//! The database taken back to a backup: the next run makes it what it was, from the landing folder.

mod accounts;
mod erased;
mod moments;
mod months;
mod older;
mod refused;
mod standby;

use std::collections::BTreeMap;

use tijian::guidance::ExitCode;
use tijian::night::{OnLoss, RunReport, Task};
use tijian::warehouse::{RejectionFilter, Warehouse};

use crate::support::{Hospital, TestDatabase, record, tell_night};

/// What a database holds that must be the same after a recovery. Left out is what names rows by a sequence of its own, when
/// a row was written about the platform, and what a random nonce is in.
const TABLES: [(&str, &str); 16] = [
    ("warehouse.reservation_versions", ""),
    ("warehouse.arrivals", ""),
    ("etl.deliveries", "run_id"),
    ("etl.batches", ""),
    ("etl.delivery_problems", ""),
    ("etl.rejections", "rejection_id,sealed_record,resolved_by"),
    ("etl.outbox", "outbox_id,created_at,finished_at,attempts,last_error,withdrawn_by"),
    ("etl.unconfirmed_reservations", ""),
    ("etl.unchanged_records", ""),
    ("etl.touched_months", ""),
    ("etl.journal", "recorded_at"),
    ("finance.handoffs", ""),
    ("finance.numbered_movements", ""),
    ("finance.months", ""),
    ("finance.month_balances", ""),
    ("warehouse.daily_volumes", ""),
];

/// What is made at random in an erased row.
const ERASED: &str = "case
    when get_byte(decode(substr(row.value ->> 'fingerprint', 3), 'hex'), 0) = 0 then '{fingerprint,person_id}'::text[]
    when row.value -> 'sealed_record' = 'null' then '{content_sha256,resolved_at}'
    else '{}'
end";

async fn contents(database: &TestDatabase) -> BTreeMap<&'static str, Vec<String>> {
    let mut contents = BTreeMap::new();
    for (table, left_out) in TABLES {
        let query = format!(
            "select (row.value - string_to_array('{left_out}', ',') - {ERASED})::text
            from (select to_jsonb(kept) as value from {table} as kept) as row order by 1"
        );
        contents.insert(table, database.lines(&query).await);
    }
    contents
}

/// Every exported file, by its bytes.
fn exports(hospital: &Hospital) -> BTreeMap<String, Vec<u8>> {
    let is_export = |file: &String| ["history/", "volumes/", "finance/"].iter().any(|dir| file.starts_with(dir));
    let read = |file: String| {
        let bytes = std::fs::read(hospital.dir.path().join(&file)).unwrap();
        (file, bytes)
    };
    hospital.files().into_iter().filter(is_export).map(read).collect()
}

#[track_caller]
fn assert_same<K: Ord + std::fmt::Debug, V: PartialEq + std::fmt::Debug>(
    found: &BTreeMap<K, Vec<V>>,
    expected: &BTreeMap<K, Vec<V>>,
    at: &str,
) {
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{at}");
    for (name, rows) in found {
        let missing: Vec<_> = expected[name].iter().filter(|row| !rows.contains(row)).take(3).collect();
        let surplus: Vec<_> = rows.iter().filter(|row| !expected[name].contains(row)).take(3).collect();
        assert!(rows == &expected[name], "{at}: {name:?}: missing {missing:#?}, surplus {surplus:#?}");
    }
}

/// As the schema's owner, since an erasure may be among what is done again.
async fn recover(hospital: &Hospital, on_loss: OnLoss) -> RunReport {
    let owner = Warehouse::connect(&hospital.database.owner_url).await.unwrap();
    hospital.run_task_as(&owner, Task::Recover(on_loss), &|_| Ok(())).await
}

async fn open_ids(hospital: &Hospital, rule: Option<&str>) -> Vec<i64> {
    let filter = RejectionFilter { rule: rule.map(str::to_owned), ..RejectionFilter::default() };
    let open = hospital.database.warehouse.open_rejections(&filter, i64::MAX).await.unwrap();
    open.into_iter().map(|rejection| rejection.rejection_id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_after_a_restored_backup_recovers_first_and_then_pulls() {
    let mut hospital = Hospital::new().await;
    let backup = hospital.database.back_up().await;
    hospital.simulator.insert_records(vec![record("A-1", "")]);
    hospital.run_well().await;
    hospital.simulator.insert_records(vec![record("B-1", "")]);
    hospital.run_well().await;
    let (expected, files) = (contents(&hospital.database).await, exports(&hospital));
    hospital.database.restore(&backup).await;
    let report = hospital.run_well().await;
    assert_eq!((report.recovered.deliveries, report.counts.received, report.pulls), (2, 0, 1));
    assert_same(&exports(&hospital), &files, "files");
    let versions = "warehouse.reservation_versions";
    assert_eq!(contents(&hospital.database).await[versions], expected[versions]);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_stopped_after_an_entry_goes_on_with_the_next() {
    let mut hospital = Hospital::new().await;
    let backup = hospital.database.back_up().await;
    for serial_number in ["A-1", "B-1"] {
        hospital.simulator.insert_records(vec![record(serial_number, "")]);
        hospital.run_well().await;
    }
    let (expected, files) = (hospital.database.history().await, exports(&hospital));
    for entries in 1..=4 {
        hospital.database.restore(&backup).await;
        let stopped = hospital.run_until("recovered", entries).await;
        assert_eq!((stopped.exit_code(), stopped.pulls), (ExitCode::Temporary, 0), "{entries}");
        let report = hospital.run_well().await;
        assert!(report.recovered.entries > 0 && report.recovered.lost == 0, "{entries}");
        assert_eq!(hospital.database.history().await, expected, "{entries}");
        assert_same(&exports(&hospital), &files, "files");
        hospital.database.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warehouse_that_is_lost_whole_is_made_again_from_the_landing_folder_alone() {
    let mut hospital = Hospital::new().await;
    for night in 0..3 {
        tell_night(&hospital, night);
        hospital.run().await;
    }
    let (mut expected, files) = (contents(&hospital.database).await, exports(&hospital));
    let calls = hospital.simulator.log().len();
    hospital.database = TestDatabase::create().await;
    hospital.settings = hospital.settings.with(&[("DATABASE_URL", &hospital.database.url)]);
    // Another warehouse in its place is refused until somebody says that it is meant.
    assert_eq!(hospital.run().await.exit_code(), ExitCode::Definition);
    let pipeline = hospital.pipeline_file.to_str().unwrap();
    hospital.command(&["adopt", pipeline, "--confirm"]).expect(0);
    hospital.command(&["recover", pipeline]).expect(0);
    hospital.command(&["export", pipeline]).expect(0);
    assert_eq!(hospital.simulator.log().len(), calls, "nobody is called");
    let mut made = contents(&hospital.database).await;
    // Which exports are owed is for a new warehouse to find out.
    made.remove("etl.touched_months");
    expected.remove("etl.touched_months");
    assert_same(&made, &expected, "made again");
    assert_same(&exports(&hospital), &files, "files");
    hospital.database.assert_sound().await;
}
