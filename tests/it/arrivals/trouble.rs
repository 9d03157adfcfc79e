//! Faults of the platform, stops after every step, two at once: no arrival is lost, doubled, or taken for confirmed.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use tijian::failure::Stopped;
use tijian::guidance::ExitCode;
use tijian::simulator::{Endpoint, Fault, GeneratorOptions, Outcome, SimulatorOptions};
use tokio::task::block_in_place;

use crate::arrivals::{arrive, arrive_with, hospital, inbox, kept, reported, submit};
use crate::platform::{FAULTS, FOR_EVER, HOSPITALS_AT_ONCE, assert_each_holds};
use crate::support::{Hospital, Running, TestDatabase, assert_discreet, marked_record, record};

const THREE: [&str; 3] = ["A-1", "A-2", "M-1"];

/// A generated hospital, loaded, whose calls are not repeated because the machine is busy.
async fn patient_hospital(reservations: u32) -> Hospital {
    let generator = GeneratorOptions { reservations, ..Default::default() };
    let mut hospital = Hospital::with_reservations(generator).await;
    hospital.redefine(|text| text.replace("timeout_seconds = 2", "timeout_seconds = 60"));
    hospital.run_well().await;
    hospital
}

/// What the outbox calls confirmed is what the platform has done; and it was told of each with one time only.
async fn assert_told_truly(hospital: &Hospital, at: &str) {
    let done = "select key from etl.outbox where kind = 'arrival' and state = 'done'";
    let told = hospital.simulator.arrivals();
    for key in hospital.database.lines(done).await {
        assert!(told.iter().any(|arrival| arrival.serial_number == key), "{at}: {key} is called confirmed");
    }
    let times: BTreeSet<_> = told.iter().map(|arrival| (&arrival.serial_number, &arrival.arrive_date)).collect();
    let people: BTreeSet<_> = told.iter().map(|arrival| &arrival.serial_number).collect();
    assert_eq!(times.len(), people.len(), "{at}: repeating says the same again");
}

/// Everybody is known to the platform and called so, and nobody else.
async fn assert_all_done(hospital: &Hospital, at: &str) {
    let expected: Vec<String> = THREE.iter().map(|serial_number| format!("{serial_number} inbox done")).collect();
    assert_eq!(kept(hospital).await, expected, "{at}");
    assert_eq!(reported(hospital).into_iter().collect::<BTreeSet<_>>(), THREE.map(str::to_owned).into(), "{at}");
    assert_told_truly(hospital, at).await;
    hospital.database.assert_sound().await;
}

async fn strike(fault: Fault, is_lasting: bool, status: u8, says: &str) {
    let at = format!("{fault} at arrival {}", if is_lasting { "for ever" } else { "once" });
    let options = SimulatorOptions { slow_pause: Duration::from_millis(40), ..Default::default() };
    let mut hospital = Hospital::of(TestDatabase::create().await, "demo", options).await;
    hospital.hurry(if is_lasting { 1 } else { 2 });
    let records = vec![record("A-1", ""), record("A-2", ""), marked_record("M-1", "")];
    hospital.simulator.insert_records(records);
    hospital.run_well().await;
    submit(&hospital, &THREE).await;
    hospital.simulator.arm(Endpoint::Arrival, fault, if is_lasting { FOR_EVER } else { 1 });

    let report = arrive_with(&hospital, &|_| Ok(())).await;
    assert_eq!(report.exit_code().status(), status, "{at}: {report:?}");
    assert_eq!(report.counts.taken, 3, "{at}");
    assert_eq!(report.counts.confirmed + report.pending, 3, "{at}");
    assert_told_truly(&hospital, &at).await;
    hospital.database.assert_sound().await;

    // A night in between: acknowledgements go their way, whatever becomes of arrivals.
    hospital.simulator.insert_records(vec![record("A-9", "")]);
    let night = hospital.run_well().await;
    assert_eq!((night.acknowledged, hospital.simulator.unacknowledged()), (1, 0), "{at}");
    assert_eq!(night.exit_code().status(), if is_lasting { status } else { 0 }, "{at}");
    let words = hospital.words(&night).await;
    assert_discreet(&words, &at);
    if is_lasting && status == 4 {
        assert!(words.contains("/reservation/sync/arrival") && words.contains(says), "{at}: {words}");
    }
    assert_told_truly(&hospital, &at).await;

    hospital.simulator.disarm();
    assert_eq!(arrive_with(&hospital, &|_| Ok(())).await.exit_code(), ExitCode::Good, "{at}");
    assert_all_done(&hospital, &at).await;
    let calls = hospital.calls(Endpoint::Arrival);
    hospital.run_well().await;
    assert_eq!(hospital.calls(Endpoint::Arrival), calls, "{at}: what is confirmed is not told again");
}

/// Invariant: An arrival is taken once, and never lost, doubled or wrongly called confirmed.
/// Held by: decided or withdrawn under the account's lock; `warehouse.arrivals` and the outbox in one transaction, each
/// with a unique key; the same time in every call.
#[tokio::test(flavor = "multi_thread")]
async fn no_fault_of_the_arrival_call_loses_or_doubles_an_arrival() {
    let cases = FAULTS.iter().flat_map(|(fault, _, _, [once, lasting], says)| {
        // A refusal is tried again with a fresh token; here the token is fresh already.
        let is_refusal = matches!(
            fault,
            Fault::PlainFailure | Fault::EncryptedFailure | Fault::ExpiredToken | Fault::Http(401 | 403)
        );
        [(*fault, false, if is_refusal { 4 } else { *once }, *says), (*fault, true, *lasting, *says)]
    });
    let strikes = cases.map(|(fault, is_lasting, status, says)| strike(fault, is_lasting, status, says));
    assert_each_holds(strikes, 2 * FAULTS.len(), HOSPITALS_AT_ONCE).await;
}

/// Invariant: An arrival is taken once, and never lost, doubled or wrongly called confirmed.
#[tokio::test(flavor = "multi_thread")]
async fn reporting_that_is_stopped_after_any_step_is_completed_by_the_next() {
    for (step, nth) in [
        ("started", 1),
        ("arrivals_taken", 1),
        ("confirmed", 1),
        ("confirmed", 3),
        ("arrivals_reported", 1),
        ("refreshed", 1),
    ] {
        let at = format!("stopped after {step} {nth}");
        for is_run in [false, true] {
            let hospital = hospital(&THREE).await;
            submit(&hospital, &THREE).await;
            if is_run {
                // A night without callbacks: what is confirmed in it are arrivals.
                assert_eq!(hospital.run_until(step, nth).await.exit_code(), ExitCode::Temporary, "{at}");
            } else {
                let seen = Mutex::new(0);
                let stop = |done: tijian::night::Step| {
                    let mut seen = seen.lock().unwrap();
                    *seen += usize::from(done.name() == step);
                    if *seen == nth && done.name() == step { Err(Stopped) } else { Ok(()) }
                };
                assert_eq!(arrive_with(&hospital, &stop).await.exit_code(), ExitCode::Temporary, "{at}");
            }
            assert_told_truly(&hospital, &at).await;
            hospital.database.assert_sound().await;
            // By turns, so that each completes what the other left.
            if is_run {
                assert_eq!(arrive_with(&hospital, &|_| Ok(())).await.exit_code(), ExitCode::Good, "{at}");
            } else {
                assert_eq!(hospital.run_well().await.exit_code(), ExitCode::Good, "{at}");
            }
            assert_all_done(&hospital, &at).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_arrival_that_is_refused_is_given_up_when_its_reservation_is_cancelled() {
    let hospital = hospital(&["A-1", "A-2"]).await;
    submit(&hospital, &["A-1", "A-2"]).await;
    hospital.simulator.arm(Endpoint::Arrival, Fault::EncryptedFailure, FOR_EVER);
    arrive(&hospital, &[]).expect(4);
    hospital.night(&[]).expect(4);
    assert_eq!(kept(&hospital).await, ["A-1 inbox pending", "A-2 inbox pending"]);
    hospital.simulator.insert_records(vec![record("A-1", r#""orderStatus":5"#)]);
    let ended = hospital.night(&[]).expect(4);
    assert!(ended.stderr.contains("are given up: their reservations are cancelled"), "{}", ended.stderr);
    assert_eq!(kept(&hospital).await, ["A-1 inbox superseded", "A-2 inbox pending"]);
    hospital.simulator.disarm();
    hospital.night(&[]).expect(0);
    assert_eq!(reported(&hospital), ["A-2"]);
    hospital.database.assert_sound().await;
}

/// Invariant: An arrival is taken once, and never lost, doubled or wrongly called confirmed.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_at_once_each_arrival_is_told_once() {
    let hospital = patient_hospital(60).await;
    let serial_numbers = hospital.database.lines("select serial_number from warehouse.reservation_versions").await;
    for round in 0..3 {
        let few: Vec<&str> = serial_numbers.iter().skip(20 * round).take(20).map(String::as_str).collect();
        submit(&hospital, &few).await;
        let start = |command: &str| {
            let mut process = hospital.tijian();
            process.args([command, "--quiet"]).arg(&hospital.pipeline_file);
            Running::start(&mut process)
        };
        let running = [start("arrive"), start("run"), start("arrive")];
        let codes: Vec<i32> = block_in_place(|| running.into_iter().map(|running| running.end().code).collect());
        assert!(codes.iter().all(|code| [0, 5].contains(code)) && codes.contains(&0), "round {round}: {codes:?}");
        arrive(&hospital, &[]).expect(0);
        assert_eq!(kept(&hospital).await.len(), 20 * (round + 1));
        assert_eq!(reported(&hospital).len(), 20 * (round + 1), "round {round}: each once");
        hospital.database.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_while_a_run_holds_the_account_is_in_the_inbox() {
    let hospital = hospital(&THREE).await;
    let lock = hospital.database.warehouse.lock_account("demo").await.unwrap().unwrap();
    let held = arrive(&hospital, &["--serial-number", "A-1"]).expect(5);
    assert!(held.stderr.contains("the arrivals are in the inbox"), "{}", held.stderr);
    assert_eq!(inbox(&hospital).await, ["A-1 open"]);
    assert_eq!(hospital.calls(Endpoint::Arrival), 0);
    lock.release().await;
    hospital.night(&[]).expect(0);
    assert_eq!(kept(&hospital).await, ["A-1 command done"]);
    assert_eq!(reported(&hospital), ["A-1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_pages_of_a_long_inbox_are_taken_and_told() {
    let hospital = patient_hospital(1_500).await;
    let all = "insert into etl.arrival_inbox (account, serial_number)
        select 'demo', serial_number from warehouse.reservation_versions where order_status <> '5'";
    let submitted = hospital.database.client.execute(all, &[]).await.unwrap();
    let report = arrive_with(&hospital, &|_| Ok(())).await;
    assert_eq!((report.counts.taken, report.exit_code()), (submitted, ExitCode::Good), "{report:?}");
    let told = hospital.simulator.log().into_iter().filter(|call| call.endpoint == Endpoint::Arrival);
    let answered = told.filter(|call| call.outcome == Outcome::Answered).count() as u64;
    assert_eq!(answered, submitted);
    hospital.database.assert_sound().await;
}
