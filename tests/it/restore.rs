//! The database taken back to a backup of any moment: the next run makes it what it was, from the landing folder.

mod accounts;
mod erased;
mod months;
mod older;
mod standby;

use std::collections::BTreeMap;

use tijian::guidance::ExitCode;
use tijian::night::{OnLoss, RunReport, Selection, Task};
use tijian::simulator::{Endpoint, Fault};
use tijian::warehouse::{RejectionFilter, Warehouse};

use crate::support::{
    Dice, Hospital, Recorder, TestDatabase, assert_snapshot, encrypted, end_after_input, eventful_hospital,
    number_from_environment, record, tell_night,
};

/// Steps at which runs of a story are stopped.
const STEPS: [&str; 8] =
    ["landed", "loaded", "committed", "journalled", "confirmed", "acknowledged", "file_written", "exported"];

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

/// One thing that happens at a hospital.
async fn happen(hospital: &mut Hospital, dice: &mut Dice, night: &mut usize) -> String {
    let selection = |rejection_ids| Selection { rejection_ids, operator: "tester".to_owned() };
    let event = dice.below(10);
    match event {
        // Ordinary nights, with what comes again, and with callbacks that fail.
        0..=3 => {
            tell_night(hospital, *night);
            *night += 1;
            if event == 3 {
                hospital.simulator.arm(Endpoint::Callback, Fault::Http(503), 1_000);
            }
            hospital.run().await;
            hospital.simulator.disarm();
        }
        4 => {
            tell_night(hospital, *night);
            *night += 1;
            let step = dice.pick(&STEPS);
            hospital.run_until(step, 1).await;
            return format!("a run stopped after {step}");
        }
        5 => {
            let loosened = "max_characters = 60";
            hospital.redefine_contract(|text| {
                let (before, after) = if dice.below(2) == 0 { ("20", loosened) } else { ("60", "max_characters = 20") };
                let name = format!("[fields.name]\ntype = \"text\"\nmax_characters = {before}");
                text.replace(&name, &format!("[fields.name]\ntype = \"text\"\n{after}"))
            });
            let ids = open_ids(hospital, None).await;
            hospital.run_task_with(Task::Retry(&selection(ids)), &|_| Ok(())).await;
        }
        6 => {
            let ids = open_ids(hospital, Some("calendar_date")).await;
            hospital.run_task_with(Task::Discard(&selection(ids)), &|_| Ok(())).await;
        }
        7 => {
            let insert = "insert into etl.arrival_inbox (account, serial_number)
                select account, serial_number from warehouse.reservation_versions
                where valid_to = 'infinity' order by md5(serial_number || $1::text) limit 2";
            hospital.database.client.execute(insert, &[&night.to_string()]).await.unwrap();
            if dice.below(3) == 0 {
                hospital.simulator.arm(Endpoint::Arrival, Fault::Http(503), 1_000);
            }
            hospital.run().await;
            hospital.simulator.disarm();
        }
        8 => {
            // Somebody of the history, by the owner's hand.
            let number = hospital
                .database
                .lines(
                    "select idcard from warehouse.reservation_versions
                    where card_type = '1' and idcard is not null order by md5(idcard) limit 1",
                )
                .await;
            if let Some(number) = number.first() {
                let mut erase = hospital.tijian();
                erase.env("DATABASE_URL", &hospital.database.owner_url).args([
                    "erase",
                    "--card-type",
                    "1",
                    "--confirm",
                ]);
                end_after_input(erase, number).expect(0);
            }
        }
        _ => drop(hospital.run().await),
    }
    format!("event {event}")
}

async fn assert_a_backup_of_any_moment_is_made_good(seed: u64) {
    let mut dice = Dice::new(seed);
    let mut hospital = eventful_hospital(TestDatabase::create().await, seed).await;
    hospital.hurry_with_exports(1);
    let events = 3 + dice.below(6);
    let backed_up_after = dice.below(events);
    let mut night = 0;
    let mut story = format!("seed {seed}");
    let mut backup = None;
    for event in 0..events {
        let name = Box::pin(happen(&mut hospital, &mut dice, &mut night)).await;
        story = format!("{story}, {name}");
        if event == backed_up_after {
            backup = Some(hospital.database.back_up().await);
            story.push_str(" (backup)");
        }
    }
    // To a point where nothing is left undone.
    hospital.run().await;
    let (expected, files) = (contents(&hospital.database).await, exports(&hospital));
    let has_erased = !hospital.database.lines("select account from etl.erasures").await.is_empty();
    let told = (hospital.simulator.unacknowledged(), hospital.simulator.arrivals().len());

    hospital.database.restore(&backup.unwrap()).await;
    let report = recover(&hospital, OnLoss::Stop).await;
    assert!(report.error.is_none(), "{story}: {}", report.error.unwrap().chain());
    let calls = hospital.simulator.log().len();
    hospital.command(&["export", hospital.pipeline_file.to_str().unwrap()]).expect(0);
    assert_same(&contents(&hospital.database).await, &expected, &story);
    // Who was erased has got another pseudonym in the history's files.
    let is_same = |file: &String| !has_erased || !file.starts_with("history/");
    let (mut made, mut files) = (exports(&hospital), files);
    made.retain(|file, _| is_same(file));
    files.retain(|file, _| is_same(file));
    assert_same(&made, &files, &story);
    assert_eq!(hospital.simulator.log().len(), calls, "{story}: recovering calls nobody");
    hospital.database.assert_sound().await;

    // And goes on as ever: once recovered there is nothing more to recover, and nobody is told twice.
    let again = recover(&hospital, OnLoss::Stop).await;
    assert_eq!(again.recovered.entries, 0, "{story}");
    let report = hospital.run().await;
    assert!(report.error.is_none(), "{story}: {}", report.error.unwrap().chain());
    assert_eq!(told, (hospital.simulator.unacknowledged(), hospital.simulator.arrivals().len()), "{story}");
    tell_night(&hospital, night);
    hospital.run().await;
    hospital.database.assert_sound().await;
}

/// Invariant: A database restored from a backup is brought up to date.
/// Held by: the journal: an entry in the transaction that it records, copied to the landing folder before anything that
/// depends on it goes out.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_any_moment_is_made_good_by_the_next_run() {
    let (first, moments) =
        (number_from_environment("TIJIAN_RESTORE_SEED", 1), number_from_environment("TIJIAN_RESTORES", 10));
    for seed in first..first + moments {
        Box::pin(assert_a_backup_of_any_moment_is_made_good(seed as u64)).await;
    }
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
async fn where_landed_files_are_missing_nothing_is_pulled_and_there_is_one_way_on() {
    let mut hospital = Hospital::new().await;
    // Without exports: finance has files of what is lost, and a run says so rather than overwrite them.
    hospital.hurry(2);
    let backup = hospital.database.back_up().await;
    for serial_number in ["A-1", "B-1", "C-1"] {
        hospital.simulator.insert_records(vec![record(serial_number, "")]);
        hospital.run_well().await;
    }
    let landed: Vec<String> = hospital.files().into_iter().filter(|file| file.ends_with(".delivery")).collect();
    assert_eq!(landed.len(), 3);
    std::fs::remove_file(hospital.dir.path().join(&landed[1])).unwrap();
    hospital.database.restore(&backup).await;
    let calls = hospital.simulator.log().len();
    for _ in 0..2 {
        let report = hospital.run().await;
        assert_eq!(report.exit_code(), ExitCode::Failed);
        let words = report.error.unwrap().chain();
        let name = landed[1].rsplit('/').next().unwrap();
        assert!(words.contains("1 of 3 committed deliveries") && words.contains(name), "{words}");
    }
    assert_eq!(hospital.simulator.log().len(), calls, "nothing was pulled");
    assert!(hospital.database.versions().await.is_empty(), "nothing was changed");

    let report = recover(&hospital, OnLoss::Accept).await;
    assert!(report.error.is_none());
    assert_eq!((report.recovered.deliveries, report.recovered.lost), (3, 1));
    assert_eq!(
        hospital.database.versions().await,
        ["A-1 1 booked 2026-02-03 current", "C-1 1 booked 2026-02-03 current"]
    );
    assert_eq!(hospital.run_well().await.recovered.entries, 0);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_journal_has_a_gap_nothing_is_pulled_and_there_is_one_way_on() {
    let mut hospital = Hospital::new().await;
    hospital.hurry(2);
    let backup = hospital.database.back_up().await;
    for serial_number in ["A-1", "B-1", "C-1"] {
        hospital.simulator.insert_records(vec![record(serial_number, "")]);
        hospital.run_well().await;
    }
    let entries = "select count(*)::text from etl.journal";
    let before = hospital.database.lines(entries).await;
    let mut journal: Vec<String> = hospital.files().into_iter().filter(|file| file.ends_with(".journal")).collect();
    journal.sort();
    std::fs::remove_file(hospital.dir.path().join(&journal[journal.len() / 2])).unwrap();
    hospital.database.restore(&backup).await;
    let calls = hospital.simulator.log().len();
    let report = hospital.run().await;
    assert_eq!(report.exit_code(), ExitCode::Failed);
    let words = report.error.unwrap().chain();
    assert!(words.contains("of the journal are not in the landing folder"), "{words}");
    assert_eq!(hospital.simulator.log().len(), calls, "nothing was pulled");
    assert!(hospital.database.versions().await.is_empty(), "nothing was changed");

    assert!(recover(&hospital, OnLoss::Accept).await.error.is_none());
    let versions = hospital.database.versions().await;
    assert!(versions[0].starts_with("A-1 1 ") && versions.last().unwrap().starts_with("C-1 1 "), "{versions:?}");
    assert_ne!(hospital.database.lines(entries).await, before);
    assert_eq!(hospital.run_well().await.recovered.entries, 0);
    hospital.database.assert_sound().await;
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

#[tokio::test(flavor = "multi_thread")]
async fn two_histories_that_have_parted_are_refused_before_the_pull() {
    let mut hospital = Hospital::new().await;
    hospital.run_well().await;
    let backup = hospital.database.back_up().await;
    hospital.simulator.insert_records(vec![record("A-1", "")]);
    hospital.run_well().await;
    hospital.database.restore(&backup).await;
    // Somebody loads into the restored database with another landing folder.
    let elsewhere = tempfile::tempdir().unwrap();
    let here = hospital.pipeline.landing.dir.clone();
    hospital.pipeline.landing.dir = elsewhere.path().to_owned();
    hospital.simulator.insert_records(vec![record("B-1", "")]);
    hospital.run_well().await;
    hospital.run_well().await;
    hospital.pipeline.landing.dir = here;
    let calls = hospital.simulator.log().len();
    let report = hospital.run().await;
    assert_eq!(report.exit_code(), ExitCode::Failed);
    let words = report.error.unwrap().chain();
    assert!(words.contains("do not share one history"), "{words}");
    assert_eq!(hospital.simulator.log().len(), calls);
    assert!(recover(&hospital, OnLoss::Accept).await.error.is_none());
    hospital.run_well().await;
    hospital.database.assert_sound().await;
}

/// A landed file is read as the pipeline says where the reservations are; another number of records is not what was committed.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_read_otherwise_than_then_is_not_loaded_again() {
    let recorder = Recorder::start().await;
    let mut hospital = recorder.hospital().await;
    let backup = hospital.database.back_up().await;
    let one = record("S-1", r#""requestId":"R-1""#);
    recorder.answer(
        "order",
        encrypted(&format!(r#"{{"code":200,"result":[{one}],"data":[{one},{one}],"timestamp":1767636000000}}"#)),
    );
    hospital.run_well().await;
    hospital.database.restore(&backup).await;
    hospital.redefine(|text| text.replace("[contract]", "result_path = \"data\"\n[contract]"));
    let ended = hospital.command(&["recover", hospital.pipeline_file.to_str().unwrap()]).expect(1);
    assert!(ended.stderr.contains("had 1 records, but now 2 are read from it"), "{}", ended.stderr);
    assert!(ended.stderr.contains("set result_path to what it was"), "{}", ended.stderr);
    assert_snapshot("recover-failed", &ended.stdout, &[]);
    hospital.redefine(|text| text.replace("result_path = \"data\"\n", ""));
    let recovered = hospital.command(&["recover", "--lang", "zh", hospital.pipeline_file.to_str().unwrap()]).expect(0);
    assert_snapshot("recover-zh", &recovered.stdout, &[]);
    assert_eq!(hospital.database.versions().await.len(), 1);
    hospital.database.assert_sound().await;
}
