//! What the platform is told as received: only what this run has pulled and this warehouse has committed, and soon.

use std::time::Duration;

use tijian::guidance::ExitCode;
use tijian::simulator::{Endpoint, Fault, GeneratorOptions, Happening};

use crate::support::{Hospital, Recorded, Recorder, encrypted, record, terminate};

/// The connections that hold an account.
const OF_THE_LOCK: &str = "pid in (select pid from pg_locks where locktype = 'advisory' and database =
    (select oid from pg_database where datname = current_database()))";

fn cancelled(serial_number: &str) -> String {
    record(serial_number, r#""orderStatus":5"#)
}

async fn status_of(hospital: &Hospital, serial_number: &str) -> Vec<String> {
    let query = format!(
        "select order_status from warehouse.reservation_versions
        where valid_to = 'infinity' and serial_number = '{serial_number}'"
    );
    hospital.database.lines(&query).await
}

/// Calls of the platform after the `from`th, without those for tokens.
fn calls(hospital: &Hospital, from: usize) -> Vec<Endpoint> {
    let calls = hospital.simulator.log().into_iter().skip(from).map(|entry| entry.endpoint);
    calls.filter(|endpoint| *endpoint != Endpoint::Token).collect()
}

/// Invariant: A callback confirms only what this run has pulled and committed, and soon.
/// Held by: `warehouse::OwedCalls` takes the load's receipt; no try begins after `acknowledge_within`.
#[tokio::test(flavor = "multi_thread")]
async fn changes_of_the_day_are_not_confirmed_by_callbacks_that_yesterday_owed() {
    let mut hospital = Hospital::new().await;
    hospital.hurry(1);
    let names: Vec<String> = (1..=20).map(|number| format!("A-{number}")).collect();
    hospital.simulator.insert_records(names.iter().map(|name| record(name, "")).collect());
    // A refused record: the batch is acknowledged by single callbacks, which all fail.
    hospital.simulator.insert_records(vec![record("BAD-1", r#""checkDate":"2026-02-30""#)]);
    hospital.simulator.arm(Endpoint::Callback, Fault::Http(503), 1_000);
    assert_eq!(hospital.run().await.exit_code(), ExitCode::Pending);
    hospital.simulator.disarm();
    // During the day, all of them are cancelled.
    hospital.simulator.insert_records(names.iter().map(|name| cancelled(name)).collect());
    let from = hospital.simulator.log().len();
    hospital.run_well().await;
    assert_eq!(calls(&hospital, from)[0], Endpoint::Order, "a run pulls first");
    for name in &names {
        assert_eq!(status_of(&hospital, name).await, ["5"], "{name}");
    }
    assert_eq!(hospital.simulator.unacknowledged(), 1, "only the refused record is held");
    hospital.database.assert_sound().await;
}

/// Invariant: Unconfirmed reservations are remembered until they are confirmed.
/// Held by: `etl.unconfirmed_reservations`.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_unconfirmed_is_remembered_however_many_pulls_lie_between() {
    let mut hospital = Hospital::new().await;
    hospital.hurry_with_exports(1);
    let fee = |fee: &str| record("A-1", &format!(r#""examinationFee":{fee}"#));
    hospital.simulator.insert_records(vec![fee("100.00"), fee("200.00")]);
    hospital.simulator.arm(Endpoint::Callback, Fault::Http(503), 1_000);
    assert_eq!(hospital.run().await.exit_code(), ExitCode::Pending);
    let history = hospital.database.history().await;
    let entries = hospital.database.lines("select entry::text from finance.entries as entry order by 1").await;
    // Answers that hold nothing, and one that holds something else.
    for others in [vec![], vec![record("B-1", "")], vec![]] {
        let envelope = format!(r#"{{"code":200,"success":true,"result":[{}]}}"#, others.join(","));
        hospital.simulator.insert_body(encrypted(&envelope).into_bytes());
        assert_eq!(hospital.run().await.error.map(|error| error.chain()), None);
    }
    // The same states again, whose callback fails again, and at last does not.
    for _ in 0..2 {
        let report = hospital.run().await;
        assert_eq!((report.counts.opened, report.exit_code()), (0, ExitCode::Pending));
    }
    hospital.simulator.disarm();
    assert_eq!(hospital.run_well().await.counts.opened, 0);
    let of_a = |rows: Vec<String>| -> Vec<String> { rows.into_iter().filter(|row| row.contains("A-1")).collect() };
    assert_eq!(of_a(hospital.database.history().await), history);
    let now = hospital.database.lines("select entry::text from finance.entries as entry order by 1").await;
    assert_eq!(of_a(now), entries);
    // Confirmed: what returns now is a change again.
    hospital.simulator.insert_records(vec![fee("100.00"), fee("200.00")]);
    assert_eq!(hospital.run_well().await.counts.opened, 2);
    hospital.database.assert_sound().await;
}

/// Invariant: A callback confirms only what this run has pulled and committed, and soon.
#[tokio::test(flavor = "multi_thread")]
async fn a_callback_goes_out_within_the_limit_or_after_another_pull() {
    let generator = GeneratorOptions { reservations: 120, ..Default::default() };
    let mut hospital = Hospital::with_reservations(generator).await;
    hospital.redefine(|text| text.replace("attempts_max", "acknowledge_within = \"1s\"\nattempts_max"));
    hospital.simulator.insert_records(vec![record("BAD-1", r#""checkDate":"2026-02-30""#)]);
    // Slow callbacks, one by one since a record is refused: more than a second's worth.
    hospital.simulator.arm(Endpoint::Callback, Fault::Slow, 1_000);
    // In the middle of it, someone cancels whose callback went out already, and another one whose has not.
    let changes = vec![cancelled("NEW-1"), record("NEW-2", "")];
    hospital.simulator.before(Endpoint::Callback, 20, Happening::Records(changes));
    let report = hospital.run_well().await;
    assert!(report.pulls > 1, "{} pulls", report.pulls);
    assert_eq!(report.pending, 0);
    assert_eq!(status_of(&hospital, "NEW-1").await, ["5"]);
    assert_eq!(status_of(&hospital, "NEW-2").await, ["1"]);
    assert_eq!(hospital.simulator.unacknowledged(), 1);
    hospital.database.assert_sound().await;
}

/// Invariant: A callback confirms only what this run has pulled and committed, and soon.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_has_lost_its_lock_falls_silent() {
    let generator = GeneratorOptions { reservations: 400, ..Default::default() };
    let hospital = Hospital::with_reservations(generator).await;
    hospital.simulator.insert_records(vec![record("BAD-1", r#""checkDate":"2026-02-30""#)]);
    let (send, mut lost) = tokio::sync::mpsc::unbounded_channel();
    let cut = async {
        lost.recv().await;
        terminate(&hospital.database.client, OF_THE_LOCK).await;
        hospital.calls(Endpoint::Callback)
    };
    let on_step = |step: tijian::night::Step| {
        if step.name() == "confirmed" {
            let _ = send.send(());
            // Until the connection is seen to be gone: what goes out meanwhile is what this test is about.
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        Ok(())
    };
    let (report, sent) = tokio::join!(hospital.run_with(&on_step), cut);
    assert_eq!(report.exit_code(), ExitCode::Temporary);
    let after = hospital.calls(Endpoint::Callback) - sent;
    assert!(after <= 2 * 16, "{after} callbacks after the lock was lost");
    hospital.run_well().await;
    assert_eq!(hospital.simulator.unacknowledged(), 1);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_has_lost_its_lock_repeats_no_callback() {
    let mut hospital = Hospital::new().await;
    hospital.hurry(20);
    hospital.simulator.insert_records(vec![record("A-1", "")]);
    hospital.simulator.arm(Endpoint::Callback, Fault::Http(503), 1_000);
    let cut = async {
        while hospital.calls(Endpoint::Callback) == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        terminate(&hospital.database.client, OF_THE_LOCK).await;
    };
    let run = tokio::time::timeout(Duration::from_secs(20), async { tokio::join!(hospital.run(), cut).0 });
    let report = run.await.expect("it does not repeat for minutes");
    assert_eq!(report.exit_code(), ExitCode::Temporary);
    hospital.simulator.disarm();
    hospital.run_well().await;
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_cannot_be_read_holds_back_the_callback_of_its_reservation() {
    let hospital = Hospital::new().await;
    // Broken before its number: a line break in a text.
    let broken = record("A-1", "").replacen('{', "{\"remark\":\"a\nb\",", 1);
    hospital.simulator.insert_records(vec![record("A-1", ""), broken, record("B-1", "")]);
    let report = hospital.run_well().await;
    assert_eq!((report.counts.accepted, report.counts.rejected, report.acknowledged), (2, 1, 1));
    let held = "select serial_number from etl.rejections where resolved_at is null";
    assert_eq!(hospital.database.lines(held).await, ["A-1"]);
    hospital.database.assert_sound().await;
}

/// Where a platform keeps a batch's id over several pulls, its callback may also mark what an earlier pull delivered of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_once_had_a_held_reservation_is_not_acknowledged_whole() {
    let recorder = Recorder::start().await;
    let hospital = recorder.hospital().await;
    let refused = |name: &str, batch: &str| {
        record(name, &format!(r#""requestId":"{batch}","orderStatus":5,"checkDate":"2026-02-30""#))
    };
    let good = |name: &str| record(name, r#""requestId":"R-1""#);
    for records in [[good("A-1"), refused("B-1", "R-1")], [good("B-1"), refused("A-1", "R-2")]] {
        let records = records.join(",");
        recorder
            .answer("order", encrypted(&format!(r#"{{"code":200,"result":[{records}],"timestamp":1767636000000}}"#)));
        hospital.run().await;
    }
    let callbacks: Vec<String> = recorder.requests_of("callback").iter().map(Recorded::parameters).collect();
    assert!(callbacks.len() == 2 && callbacks[0].contains("A-1") && callbacks[1].contains("B-1"), "{callbacks:?}");
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_always_fails_holds_back_no_other() {
    let mut hospital = Hospital::new().await;
    hospital.hurry(1);
    let records = (1..=5).map(|number| record(&format!("A-{number}"), ""));
    hospital.simulator.insert_records(records.chain([record("BAD-1", r#""checkDate":"2026-02-30""#)]).collect());
    hospital.simulator.arm(Endpoint::Callback, Fault::Http(500), 1);
    let report = hospital.run().await;
    assert_eq!((report.acknowledged, report.pending, report.exit_code()), (4, 1, ExitCode::Pending));
    assert_eq!(hospital.calls(Endpoint::Callback), 5);
    hospital.run_well().await;
    assert_eq!(hospital.simulator.unacknowledged(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refused_callback_is_noted_with_its_error() {
    // More than are noted together, and some that do not fill a group.
    let generator = GeneratorOptions { reservations: 250, ..Default::default() };
    let hospital = Hospital::with_reservations(generator).await;
    hospital.simulator.arm(Endpoint::Callback, Fault::EncryptedFailure, 10_000);
    let report = hospital.run().await;
    assert_eq!((report.exit_code(), report.pending), (ExitCode::Pending, 250));
    let noted = "select count(*)::text from etl.outbox
        where kind = 'reservation_ack' and state = 'pending' and attempts = 1 and last_error like '%callback%'";
    assert_eq!(hospital.database.lines(noted).await, ["250"]);
    hospital.simulator.disarm();
    hospital.run_well().await;
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_whose_queue_grows_no_shorter_is_not_pulled_for_ever() {
    let generator = GeneratorOptions { reservations: 120, ..Default::default() };
    let mut hospital = Hospital::with_reservations(generator).await;
    hospital.redefine(|text| text.replace("attempts_max", "acknowledge_within = \"1s\"\nattempts_max"));
    hospital.simulator.insert_records(vec![record("BAD-1", r#""checkDate":"2026-02-30""#)]);
    hospital.simulator.arm(Endpoint::Callback, Fault::Slow, 1_000);
    // For each one that is confirmed another one is in the queue.
    let on_step = |step: tijian::night::Step| {
        if let tijian::night::Step::Confirmed { confirmed } = step {
            hospital.simulator.insert_records(vec![record(&format!("MORE-{confirmed}"), "")]);
            hospital.simulator.insert_records(vec![record(&format!("MORE-{confirmed}-TOO"), "")]);
        }
        Ok(())
    };
    let run = tokio::time::timeout(Duration::from_secs(60), hospital.run_with(&on_step));
    let report = run.await.expect("it comes to an end");
    assert_eq!((report.pulls, report.exit_code()), (2, ExitCode::Pending));
    assert!(report.pending > 0 && report.acknowledged > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_record_that_comes_again_stays_discarded_and_is_acknowledged() {
    let hospital = Hospital::new().await;
    let bad = r#""checkDate":"2026-02-30""#;
    hospital.simulator.insert_records(vec![record("BAD-1", bad)]);
    hospital.run_well().await;
    let id = hospital.database.lines("select rejection_id::text from etl.rejections").await.remove(0);
    let discarded =
        hospital.command(&["quarantine", "discard", &id, hospital.pipeline_file.to_str().unwrap(), "--yes"]);
    discarded.expect(0);
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    // A change in between is not confirmed with it.
    hospital.simulator.insert_records(vec![record("BAD-1", bad)]);
    hospital.simulator.before(Endpoint::Order, 2, Happening::Records(vec![record("BAD-1", "")]));
    hospital.run_well().await;
    hospital.run_well().await;
    assert_eq!(hospital.database.versions().await, ["BAD-1 1 booked 2026-02-03 current"]);
    let states = hospital.database.lines("select resolution from etl.rejections").await;
    assert_eq!(states, ["discarded"]);
    hospital.database.assert_sound().await;
}
