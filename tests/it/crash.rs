//! Stopped after every step, and run again: the same history, the right acknowledgements, nothing owed.

use tijian::guidance::ExitCode;
use tijian::night::Step;
use tijian::simulator::{Endpoint, Fault, GeneratorOptions};

use crate::support::{Hospital, record};

/// Times of the two nights: fixed, so that a repeated pull does not move the history.
const NIGHTS: [i64; 2] = [1_767_636_000_000, 1_767_722_400_000];

/// At which of its occurrences a night is stopped after a step; at none that it does not have.
fn stops(step: &str) -> &'static [usize] {
    match step {
        "confirmed" => &[1, 7],
        "file_written" => &[1, 2, 5],
        "month_written" => &[1, 3],
        // `restore` stops after these, and `arrivals` after those.
        "recovered" | "arrivals_taken" | "arrivals_withdrawn" => &[],
        _ => &[1],
    }
}

async fn hospital() -> Hospital {
    let options = GeneratorOptions { reservations: 60, new_per_night: 5, changes: 0.5, ..Default::default() };
    let hospital = Hospital::with_reservations(options).await;
    // One refused record: its batch is acknowledged singly, so that there are many callbacks to stop between.
    hospital.simulator.insert_records(vec![record("BAD-1", r#""checkDate":"2026-02-30""#)]);
    // Two states of one reservation in one delivery: they come again together.
    hospital.simulator.insert_records(vec![record("TWICE-1", ""), record("TWICE-1", r#""orderStatus":5"#)]);
    hospital.simulator.set_timestamp(Some(NIGHTS[0]));
    hospital
}

async fn second_night(hospital: &Hospital) {
    hospital.simulator.advance_night();
    hospital.simulator.insert_records(vec![record("TWICE-1", ""), record("TWICE-1", r#""mobile":"1""#)]);
    hospital.simulator.set_timestamp(Some(NIGHTS[1]));
}

/// History, exports and quarantine after two undisturbed nights.
async fn undisturbed() -> (Vec<String>, Vec<String>) {
    let hospital = hospital().await;
    hospital.run_well().await;
    second_night(&hospital).await;
    hospital.run_well().await;
    (hospital.database.history().await, exports(&hospital))
}

/// Export files by month or kind; delivery numbers in finance names differ between runs.
fn exports(hospital: &Hospital) -> Vec<String> {
    hospital.files().into_iter().filter(|file| file.starts_with("history/")).collect()
}

/// Invariant: A run that is stopped anywhere is completed by the next, with the same history.
/// Held by: landing before parsing, one transaction, outbox in it, exports by the ledger.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_stopped_after_any_step_is_completed_by_the_next() {
    let (history, files) = undisturbed().await;
    let stops = Step::NAMES.iter().flat_map(|step| stops(step).iter().map(move |nth| (*step, *nth)));
    for (step, nth) in stops {
        let hospital = hospital().await;
        hospital.run_well().await;
        second_night(&hospital).await;
        let before = hospital.confirmed().len();
        let stopped = hospital.run_until(step, nth).await;
        let at = format!("stopped after {step} {nth}");
        assert_eq!(stopped.exit_code(), ExitCode::Temporary, "{at}");
        if stopped.delivery.is_none() {
            assert_eq!(hospital.confirmed().len(), before, "{at}: nothing is acknowledged before the commit");
        }
        let again = hospital.run_well().await;
        assert_eq!(again.pending, 0, "{at}");
        assert_eq!(hospital.database.history().await, history, "{at}");
        assert_eq!(exports(&hospital), files, "{at}");
        assert_eq!(hospital.simulator.unacknowledged(), 1, "{at}: only the refused record is held");
        let stale = hospital.database.lines("select check_date::text from etl.stale_check_dates").await;
        assert_eq!(stale, Vec::<String>::new(), "{at}: marts to be refreshed");
        let left =
            hospital.all_files().into_iter().filter(|file| file.contains("partial") || file.contains(".tijian-"));
        assert_eq!(left.count(), 0, "{at}: temporary files");
        hospital.database.assert_sound().await;
    }
}

/// Invariant: A batch is acknowledged only after its commit.
/// Held by: `warehouse::CommitReceipt`: made after COMMIT returned.
#[tokio::test(flavor = "multi_thread")]
async fn batch_is_acknowledged_only_after_commit() {
    let hospital = Hospital::with_reservations(GeneratorOptions { reservations: 20, ..Default::default() }).await;
    let before = Step::NAMES.iter().take_while(|step| **step != Step::Committed.name());
    for step in before.filter(|step| !stops(step).is_empty()) {
        let report = hospital.run_until(step, 1).await;
        assert_eq!(report.delivery, None, "{step}");
        assert!(!hospital.simulator.log().iter().any(|entry| entry.endpoint == Endpoint::Callback), "{step}");
        assert!(hospital.database.versions().await.is_empty(), "{step}");
    }
    // Committed and stopped: the acknowledgement is owed, but goes out only after a pull has delivered its batch again.
    hospital.run_until("committed", 1).await;
    assert_eq!(hospital.database.outbox().await, ["batch_ack pending 1"]);
    let calls = hospital.simulator.log().len();
    hospital.run_well().await;
    let endpoints: Vec<Endpoint> = hospital.simulator.log()[calls..]
        .iter()
        .map(|entry| entry.endpoint)
        .filter(|at| *at != Endpoint::Token)
        .collect();
    assert_eq!(endpoints, [Endpoint::Order, Endpoint::Callback]);
    hospital.database.assert_sound().await;
}

/// Invariant: The next pull settles a lost callback without harm.
/// Held by: reservations that a pull does not contain again are marked by the platform.
#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_acted_and_answered_502_is_settled_by_the_next_pull() {
    let hospital = Hospital::with_reservations(GeneratorOptions { reservations: 20, ..Default::default() }).await;
    hospital.simulator.arm(Endpoint::Callback, Fault::EffectThen502, 2);
    let first = hospital.run().await;
    assert_eq!((first.acknowledged, first.pending, first.exit_code()), (0, 1, ExitCode::Pending));
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    let history = hospital.database.history().await;
    let second = hospital.run_well().await;
    assert_eq!((second.acknowledged, second.pending, second.exit_code()), (0, 0, ExitCode::Good));
    assert_eq!(hospital.database.outbox().await, ["batch_ack superseded 1"]);
    assert_eq!(hospital.database.history().await, history);
    hospital.database.assert_sound().await;
}

/// Invariant: An older acknowledgement never confirms a newer state.
/// Held by: a load supersedes what older deliveries still owe.
#[tokio::test(flavor = "multi_thread")]
async fn acknowledgements_that_stay_pending_are_superseded_by_the_next_delivery_of_the_same() {
    let hospital = Hospital::with_reservations(GeneratorOptions { reservations: 20, ..Default::default() }).await;
    // Every callback of the first two runs fails, twice each.
    hospital.simulator.arm(Endpoint::Callback, Fault::Http(503), 4);
    assert_eq!(hospital.run().await.exit_code(), ExitCode::Pending);
    let second = hospital.run().await;
    assert_eq!((second.counts.unchanged, second.counts.opened), (20, 0));
    assert_eq!(second.exit_code(), ExitCode::Pending);
    assert_eq!(hospital.database.outbox().await, ["batch_ack pending 1", "batch_ack superseded 1"]);
    let third = hospital.run_well().await;
    assert_eq!((third.acknowledged, third.pending), (1, 0));
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    hospital.database.assert_sound().await;
}

/// Invariant: Files are complete or do not exist, whatever happens while they are written.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_export_undoes_nothing_and_is_made_by_the_next_run() {
    let hospital = Hospital::with_reservations(GeneratorOptions { reservations: 20, ..Default::default() }).await;
    // A file is where the folder should be.
    let history = hospital.dir.path().join("history");
    std::fs::write(&history, "in the way").unwrap();
    let first = hospital.run().await;
    assert_eq!(first.exit_code(), ExitCode::Failed);
    assert_eq!((first.counts.opened, first.acknowledged, first.pending), (20, 1, 0));
    assert_eq!(first.exported.len(), 2, "the finance files are made all the same");

    std::fs::remove_file(&history).unwrap();
    let second = hospital.run_well().await;
    assert_eq!(second.counts.received, 0);
    let months = hospital.database.lines("select count(*)::text from etl.touched_months").await;
    assert_eq!(vec![second.exported.len().to_string()], months);
    assert!(hospital.run_well().await.exported.is_empty());
    hospital.database.assert_sound().await;
}
