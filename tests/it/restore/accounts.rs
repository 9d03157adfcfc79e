//! Several accounts in one database that was taken back: their deliveries share their numbers.

use tijian::guidance::ExitCode;
use tijian::simulator::SimulatorOptions;

use crate::support::{Hospital, TestDatabase, end, record};

#[tokio::test(flavor = "multi_thread")]
async fn accounts_of_one_database_get_their_numbers_back_together() {
    let mut one = Hospital::of(TestDatabase::create().await, "demo", SimulatorOptions::default()).await;
    let mut other = Hospital::of(one.database.share().await, "other", SimulatorOptions::default()).await;
    for hospital in [&one, &other] {
        hospital.simulator.insert_records(vec![record("A-1", "")]);
        hospital.run_well().await;
    }
    let backup = one.database.back_up().await;
    other.database = one.database.share().await;
    // In turns: deliveries 3 to 6.
    for name in ["B-1", "C-1"] {
        for hospital in [&one, &other] {
            hospital.simulator.insert_records(vec![record(name, "")]);
            hospital.run_well().await;
        }
    }
    let ledger = "select concat_ws(' ', delivery_id, account, landing_file) from etl.deliveries order by delivery_id";
    let expected = one.database.lines(ledger).await;
    assert_eq!(expected.len(), 6);

    one.database.restore(&backup).await;
    other.database = one.database.share().await;
    // One alone would take a number that is the other one's.
    let calls = one.simulator.log().len();
    let alone = one.run().await;
    assert_eq!(alone.exit_code(), ExitCode::Failed);
    let words = alone.error.unwrap().chain();
    assert!(words.contains("other of this warehouse are not named here"), "{words}");
    assert_eq!(one.simulator.log().len(), calls);

    let mut both = one.tijian();
    both.arg("recover").arg(&one.pipeline_file).arg(&other.pipeline_file);
    end(both).expect(0);
    assert_eq!(one.database.lines(ledger).await, expected);
    for hospital in [&one, &other] {
        assert_eq!(hospital.run_well().await.counts.received, 0);
    }
    one.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_cannot_be_recovered_holds_back_the_pulls_of_all() {
    let mut one = Hospital::of(TestDatabase::create().await, "demo", SimulatorOptions::default()).await;
    let mut other = Hospital::of(one.database.share().await, "other", SimulatorOptions::default()).await;
    // Where both land.
    let landing = one.pipeline.landing.dir.display().to_string();
    let own = other.pipeline.landing.dir.display().to_string();
    other.redefine(|text| text.replace(&own, &landing));
    assert_eq!(other.pipeline.landing.dir, one.pipeline.landing.dir);
    for hospital in [&one, &other] {
        hospital.run_well().await;
    }
    let backup = one.database.back_up().await;
    other.simulator.insert_records(vec![record("B-1", "")]);
    other.run_well().await;
    let files = std::fs::read_dir(one.pipeline.landing.dir.join("other")).unwrap().map(|entry| entry.unwrap().path());
    let landed = files.filter(|file| file.extension().is_some_and(|extension| extension == "delivery")).max().unwrap();
    std::fs::remove_file(landed).unwrap();
    one.database.restore(&backup).await;
    other.database = one.database.share().await;

    one.simulator.insert_records(vec![record("A-1", "")]);
    let calls = one.simulator.log().len();
    // Only the other one is behind: one alone would take its number.
    let words = one.run().await.error.expect("refused").chain();
    assert!(words.contains("other of this warehouse are not named here"), "{words}");
    let both = |arguments: &[&str]| {
        let mut both = one.tijian();
        both.args(arguments).arg(&one.pipeline_file).arg(&other.pipeline_file);
        end(both)
    };
    let ended = both(&["run"]).expect(1);
    assert!(ended.stderr.contains("the recovery of other failed"), "{}", ended.stderr);
    assert_eq!(one.simulator.log().len(), calls);

    both(&["recover", "--accept-loss"]).expect(0);
    one.run_well().await;
    one.database.assert_sound().await;
}

/// Invariant: Whatever pulls, the accounts of a restored database get their numbers back first.
/// Held by: `night::recover_first`.
#[tokio::test(flavor = "multi_thread")]
async fn a_retry_takes_no_number_that_another_account_has_to_get_back() {
    let one = Hospital::of(TestDatabase::create().await, "demo", SimulatorOptions::default()).await;
    let mut other = Hospital::of(one.database.share().await, "other", SimulatorOptions::default()).await;
    let mut one = one;
    one.simulator.insert_records(vec![record("BAD", r#""checkDate":"2026-02-30""#)]);
    for hospital in [&one, &other] {
        hospital.run().await;
    }
    let backup = one.database.back_up().await;
    other.database = one.database.share().await;
    other.simulator.insert_records(vec![record("B-1", "")]);
    other.run_well().await;
    let ledger = "select concat_ws(' ', delivery_id, account, landing_file) from etl.deliveries order by delivery_id";
    let expected = one.database.lines(ledger).await;
    one.database.restore(&backup).await;
    other.database = one.database.share().await;
    // The platform has something for the one that lacks nothing.
    one.simulator.insert_records(vec![record("A-1", "")]);
    let mut retry = one.tijian();
    retry.args(["quarantine", "retry"]).arg(&one.pipeline_file).arg(&other.pipeline_file);
    end(retry);
    let found = one.database.lines(ledger).await;
    assert_eq!(found[..expected.len()], expected, "{found:?}");
    assert!(other.database.versions().await.iter().any(|version| version.starts_with("B-1 ")));
    one.database.assert_sound().await;
}
