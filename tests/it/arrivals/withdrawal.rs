//! Arrivals that somebody takes back: what the platform refuses for ever, and what was a mistake.

use std::sync::Mutex;

use tijian::failure::{RunError, Stopped};
use tijian::night::ArrivalContext;
use tijian::reservation::Withdrawal;
use tijian::simulator::{Endpoint, Fault};
use tijian::upkeep::{WithdrawalRequest, withdraw_arrivals};

use crate::arrivals::{arrive, hospital, inbox, kept, reported, submit, time_ago};
use crate::platform::FOR_EVER;
use crate::support::{Ended, Hospital};

fn withdraw(hospital: &Hospital, serial_numbers: &[&str]) -> Ended {
    arrive(hospital, &[&["--withdraw"], serial_numbers].concat())
}

/// `key state attempts last_error` of the arrivals in the outbox.
async fn owed(hospital: &Hospital) -> Vec<String> {
    let query = "select concat_ws(' ', key, state, attempts, withdrawn_by, last_error) from etl.outbox
        where kind = 'arrival' order by key";
    hospital.database.lines(query).await
}

/// What analysts count as arrived.
async fn counted(hospital: &Hospital) -> i64 {
    let query = "select coalesce(sum(arrived), 0)::bigint from mart.arrival_rates";
    hospital.database.client.query_one(query, &[]).await.unwrap().get(0)
}

/// Arrivals that the platform refuses, as often as it is told.
async fn refused(serial_numbers: &[&str]) -> Hospital {
    let hospital = hospital(serial_numbers).await;
    submit(&hospital, serial_numbers).await;
    hospital.simulator.arm(Endpoint::Arrival, Fault::EncryptedFailure, FOR_EVER);
    arrive(&hospital, &[]).expect(4);
    hospital
}

#[tokio::test(flavor = "multi_thread")]
async fn an_arrival_that_is_refused_for_ever_is_withdrawn_and_reported_anew_later() {
    let hospital = refused(&["A-1", "A-2"]).await;
    hospital.night(&[]).expect(4);
    assert_eq!(counted(&hospital).await, 2);
    let calls = hospital.calls(Endpoint::Arrival);
    let mut command = hospital.tijian();
    command
        .env_remove("SUDO_USER")
        .env("USER", "alice")
        .arg("arrive")
        .arg(&hospital.pipeline_file)
        .args(["--withdraw", "A-1"]);
    let ended = crate::support::end(command).expect(0);
    assert_eq!(
        ended.stdout,
        "A-1: withdrawn: it is not reported to the platform and does not count; it can be reported again\n\
         demo: 1 arrival pending\n"
    );
    // Who, when, and what the platform had said.
    let line = owed(&hospital).await.remove(0);
    assert!(line.starts_with("A-1 superseded 3 alice (login tijian_"), "{line}");
    assert!(line.contains("/reservation/sync/arrival"), "{line}");
    let when = "select key from etl.outbox where state = 'superseded' and finished_at > now() - interval '1 minute'";
    assert_eq!(hospital.database.lines(when).await, ["A-1"]);
    assert_eq!(kept(&hospital).await, ["A-2 inbox pending"]);
    assert_eq!(counted(&hospital).await, 1);
    let events = "select serial_number from mart.reservation_events where event = 'arrived'";
    assert_eq!(hospital.database.lines(events).await, ["A-2"]);
    hospital.database.assert_sound().await;

    // Twice: nothing more is done, and the first word stays.
    let again = withdraw(&hospital, &["A-1"]).expect(0);
    assert!(again.stdout.starts_with("A-1: withdrawn before\n"), "{}", again.stdout);
    assert_eq!(owed(&hospital).await[0], line);
    assert_eq!(hospital.calls(Endpoint::Arrival), calls, "the platform is not called");
    let chinese = arrive(&hospital, &["--lang", "zh", "--withdraw", "A-1"]).expect(0).stdout;
    assert_eq!(chinese, "A-1：此前已撤回\ndemo：还有 1 条到检待上报\n");
    withdraw(&hospital, &["A-2"]).expect(0);
    hospital.night(&[]).expect(0);
    assert_eq!(hospital.calls(Endpoint::Arrival), calls, "nothing is owed any more");

    // Again, with the right time.
    hospital.simulator.disarm();
    let time = time_ago(&hospital, "2 hours").await;
    arrive(&hospital, &["--serial-number", "A-1", "--arrived-at", &time]).expect(0);
    assert_eq!(hospital.simulator.arrivals().last().unwrap().arrive_date.as_deref(), Some(time.as_str()));
    assert_eq!(kept(&hospital).await, ["A-1 command done"]);
    assert_eq!(counted(&hospital).await, 1);
    assert_eq!(inbox(&hospital).await, ["A-1 taken", "A-2 taken", "A-1 taken"]);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_platform_has_confirmed_cannot_be_withdrawn_and_holds_nobody_back() {
    let hospital = hospital(&["A-1", "A-2"]).await;
    arrive(&hospital, &["--serial-number", "A-1"]).expect(0);
    hospital.simulator.arm(Endpoint::Arrival, Fault::PlainFailure, FOR_EVER);
    arrive(&hospital, &["--serial-number", "A-2"]).expect(4);
    // It came in twice, and the second one is not decided yet: it must not take the place of the withdrawn one.
    submit(&hospital, &["A-2", "NOBODY"]).await;
    let ended = withdraw(&hospital, &["A-1", "NOBODY", " A-2"]).expect(3);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(lines[0], "A-1: not withdrawn: the platform has confirmed it");
    assert_eq!(lines[1], "number 2 of those given: not withdrawn: no arrival with this serialNumber was taken");
    assert!(lines[2].starts_with("A-2: withdrawn: "), "{lines:?}");
    assert_eq!(kept(&hospital).await, ["A-1 command done"]);
    let states = ["A-1 taken", "A-2 taken", "A-2 repeated already_taken", "NOBODY open"];
    assert_eq!(inbox(&hospital).await, states);
    let document = arrive(&hospital, &["--output", "json", "--withdraw", "A-2", "A-1"]).expect(3).json();
    let expected = serde_json::json!({
        "account": "demo", "withdrawals": ["repeated", "confirmed"], "pending": 0, "exit_code": 3,
    });
    assert_eq!(document, serde_json::json!({ "accounts": [expected] }));
    hospital.simulator.disarm();
    arrive(&hospital, &[]).expect(3);
    assert_eq!(reported(&hospital), ["A-1"]);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_was_given_up_with_its_reservation_can_be_reported_anew_after_a_withdrawal() {
    let hospital = refused(&["A-1"]).await;
    let state = |status: &str| vec![crate::support::record("A-1", &format!(r#""orderStatus":{status}"#))];
    hospital.simulator.insert_records(state("5"));
    hospital.night(&[]).expect(0);
    hospital.simulator.insert_records(state("1"));
    hospital.night(&[]).expect(0);
    hospital.simulator.disarm();
    arrive(&hospital, &["--serial-number", "A-1"]).expect(0);
    assert!(reported(&hospital).is_empty(), "its first time is kept, and given up");
    withdraw(&hospital, &["A-1"]).expect(0);
    arrive(&hospital, &["--serial-number", "A-1"]).expect(0);
    assert_eq!(reported(&hospital), ["A-1"]);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_that_is_stopped_after_any_step_is_completed_by_the_next() {
    for step in ["started", "arrivals_withdrawn", "refreshed"] {
        let hospital = refused(&["A-1", "A-2"]).await;
        let stop = Mutex::new(Some(step));
        let on_step = |done: tijian::night::Step| match stop.lock().unwrap().take_if(|step| *step == done.name()) {
            Some(_) => Err(Stopped),
            None => Ok(()),
        };
        let warehouse = &hospital.database.warehouse;
        let context = ArrivalContext { warehouse, settings: &hospital.settings, on_step: &on_step };
        let request = WithdrawalRequest { serial_numbers: vec!["A-1".to_owned()], operator: "alice".to_owned() };
        let stopped = withdraw_arrivals(&hospital.pipeline, &context, &request).await;
        assert!(matches!(stopped, Err(RunError::Stopped(_))), "{step}: {stopped:?}");
        let report = withdraw_arrivals(&hospital.pipeline, &context, &request).await.unwrap();
        let expected = if step == "started" { Withdrawal::Withdrawn } else { Withdrawal::Repeated };
        assert_eq!((report.withdrawals, report.pending), (vec![expected], 1), "{step}");
        assert_eq!(kept(&hospital).await, ["A-2 inbox pending"], "{step}");
        assert_eq!(counted(&hospital).await, 1, "{step}");
        hospital.database.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_withdrawn_while_a_run_holds_the_account() {
    let hospital = refused(&["A-1"]).await;
    let lock = hospital.database.warehouse.lock_account("demo").await.unwrap().unwrap();
    withdraw(&hospital, &["A-1"]).expect(5);
    assert_eq!(kept(&hospital).await, ["A-1 inbox pending"]);
    lock.release().await;
    withdraw(&hospital, &["A-1"]).expect(0);
    // Of one account only, and of nothing else at the same time.
    arrive(&hospital, &["--withdraw", "A-1", "--serial-number", "A-1"]).expect(2);
    arrive(&hospital, &["--withdraw", ""]).expect(2);
}
