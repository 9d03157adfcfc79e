//! Where the landing folder cannot make the database what it was: nothing is pulled, and there is one way on.

use tijian::guidance::ExitCode;
use tijian::night::OnLoss;

use super::recover;
use crate::support::{Hospital, Recorder, assert_snapshot, encrypted, record};

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

/// Finance has a file of every handoff: its number is not used for anything else, and the next one goes on where the last one ends that is
/// left.
#[tokio::test(flavor = "multi_thread")]
async fn a_handoff_of_which_a_delivery_is_lost_leaves_its_number_and_the_balance_goes_on() {
    // Which file is lost; and of each handoff in the end its number, its first entry, and its balance in reservations.
    for (lost, expected) in [
        (1, &["1 1 1", "2 2 2", "3 3 3", "4 4 4"][..]),
        (2, &["1 1 1", "3 2 2", "4 3 3"]),
        (3, &["1 1 1", "2 2 2", "4 3 3"]),
    ] {
        let mut hospital = Hospital::new().await;
        let night = async |hospital: &Hospital, name: &str| {
            hospital.simulator.insert_records(vec![record(name, "")]);
            hospital.run_well().await;
        };
        night(&hospital, "A-1").await;
        let backup = hospital.database.back_up().await;
        // A night without reservations belongs to the handoff of the next.
        hospital.run_well().await;
        night(&hospital, "B-1").await;
        night(&hospital, "C-1").await;
        let mut landed: Vec<_> = hospital.files().into_iter().filter(|file| file.ends_with(".delivery")).collect();
        landed.sort();
        assert_eq!(landed.len(), 4);
        std::fs::remove_file(hospital.dir.path().join(&landed[lost])).unwrap();
        hospital.database.restore(&backup).await;
        let report = recover(&hospital, OnLoss::Accept).await;
        assert_eq!(report.recovered.lost, 1, "{lost}: {:?}", report.error.map(|error| error.chain()));
        // Finance has taken its files; those of the handoffs that are left would differ from them.
        let finance = hospital.dir.path().join("finance");
        std::fs::rename(&finance, hospital.dir.path().join("taken")).unwrap();
        night(&hospital, "D-1").await;
        let handoffs = "select concat_ws(' ', handoff_number, first_entry_number, round(balance / 2881))
            from finance.handoffs order by handoff_number";
        assert_eq!(hospital.database.lines(handoffs).await, expected, "{lost}");
        hospital.database.assert_sound().await;
    }
}
