//! The access token: asked for once, renewed once when it may be the reason for a refusal, and never in a storm.

use std::time::Duration;

use tijian::night::Step;
use tijian::simulator::{Endpoint, Fault, Outcome, SimulatorOptions};

use crate::support::{Hospital, TestDatabase, record};

/// More calls than any run makes.
const FOR_EVER: u32 = 1_000_000;

/// The code with which the simulator refuses a token.
const TOKEN_REFUSED: i32 = 50001;

/// A hospital with this many accepted reservations, each of them to be acknowledged by itself: one of their batch is
/// refused by the contract.
async fn hospital_with_single_callbacks(reservations: usize) -> Hospital {
    with_single_callbacks(Hospital::new().await, reservations)
}

fn with_single_callbacks(mut hospital: Hospital, reservations: usize) -> Hospital {
    hospital.hurry(1);
    let mut records: Vec<String> = (0..reservations).map(|number| record(&format!("A-{number}"), "")).collect();
    records.push(record("BAD-1", r#""checkDate":"2026-02-30""#));
    hospital.simulator.insert_records(records);
    hospital
}

/// A run sends that first, so that its order comes with a cached token.
async fn hospital_that_owes_an_arrival() -> Hospital {
    let hospital = hospital_with_single_callbacks(3).await;
    hospital.run_well().await;
    let insert = "insert into etl.arrival_inbox (account, serial_number) values ('demo', 'A-0')";
    hospital.database.client.batch_execute(insert).await.unwrap();
    hospital.simulator.arm(Endpoint::Arrival, Fault::Http(503), 1);
    assert_eq!(hospital.run().await.pending, 1);
    hospital
}

/// Calls of that kind that ended in that way.
fn count(hospital: &Hospital, endpoint: Endpoint, outcome: Outcome) -> usize {
    hospital.simulator.log().iter().filter(|entry| entry.endpoint == endpoint && entry.outcome == outcome).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_token_serves_a_whole_run() {
    let hospital = hospital_with_single_callbacks(40).await;
    assert_eq!(hospital.run_well().await.acknowledged, 40);
    assert_eq!((hospital.calls(Endpoint::Token), hospital.calls(Endpoint::Callback)), (1, 40));
    hospital.run_well().await;
    assert_eq!(hospital.calls(Endpoint::Token), 2, "no token is kept between runs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cached_token_that_is_refused_is_renewed_once_and_the_call_repeated() {
    let hospital = hospital_that_owes_an_arrival().await;
    let before = hospital.calls(Endpoint::Token);
    let report = hospital
        .run_with(&|step| {
            if matches!(step, Step::Drained) {
                hospital.simulator.expire_tokens();
            }
            Ok(())
        })
        .await;
    assert!(report.error.is_none());
    assert_eq!(report.arrivals.confirmed, 1);
    assert_eq!(hospital.calls(Endpoint::Token) - before, 2);
    assert_eq!(count(&hospital, Endpoint::Order, Outcome::Refused(TOKEN_REFUSED)), 1);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_token_that_is_refused_too_is_an_error() {
    let hospital = hospital_that_owes_an_arrival().await;
    let (tokens, orders) = (hospital.calls(Endpoint::Token), hospital.calls(Endpoint::Order));
    let report = hospital
        .run_with(&|step| {
            if matches!(step, Step::Drained) {
                hospital.simulator.expire_tokens();
                hospital.simulator.arm(Endpoint::Token, Fault::ExpiredToken, 1);
            }
            Ok(())
        })
        .await;
    assert_eq!(report.exit_code().status(), 1);
    assert!(report.error.unwrap().chain().contains("refused /reservation/sync/order with its code 50001"));
    assert_eq!((hospital.calls(Endpoint::Token) - tokens, hospital.calls(Endpoint::Order) - orders), (2, 2));
    hospital.run_well().await;
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_callbacks_that_are_refused_with_the_same_token_renew_it_once() {
    // Answers take their time, so that several calls are under way before the first one is refused.
    let options = SimulatorOptions { latency: Duration::from_millis(100), ..Default::default() };
    let hospital = with_single_callbacks(Hospital::of(TestDatabase::create().await, "demo", options).await, 40);
    let report = hospital
        .run_with(&|step| {
            // The first callback goes alone; all others still have its token.
            if matches!(step, Step::Confirmed { confirmed: 1 }) {
                hospital.simulator.expire_tokens();
            }
            Ok(())
        })
        .await;
    assert_eq!((report.acknowledged, report.pending), (40, 0));
    assert_eq!(hospital.calls(Endpoint::Token), 2);
    let refused = count(&hospital, Endpoint::Callback, Outcome::Refused(TOKEN_REFUSED));
    assert!((2..=16).contains(&refused), "several at once, and no more than are under way: {refused}");
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_that_are_refused_for_another_reason_do_not_ask_for_a_token_each() {
    let hospital = hospital_with_single_callbacks(40).await;
    hospital.simulator.arm(Endpoint::Callback, Fault::EncryptedFailure, FOR_EVER);
    let report = hospital.run().await;
    assert_eq!((report.acknowledged, report.pending, report.exit_code().status()), (0, 40, 4));
    // One fresh token may explain the first refusal; after that, the token is not the reason.
    assert_eq!((hospital.calls(Endpoint::Token), hospital.calls(Endpoint::Callback)), (2, 41));
    let attempts = "select distinct attempts::text from etl.outbox where kind = 'reservation_ack'";
    assert_eq!(hospital.database.lines(attempts).await, ["1"]);
    hospital.simulator.disarm();
    assert_eq!(hospital.run_well().await.acknowledged, 40);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_call_leaves_the_owed_callbacks_as_they_are() {
    let mut hospital = Hospital::new().await;
    hospital.hurry(1);
    hospital.simulator.insert_records((0..20).map(|number| record(&format!("A-{number}"), "")).collect());
    hospital.run_until("committed", 1).await;
    for (fault, status) in [(Fault::EncryptedFailure, 75), (Fault::PlainFailure, 75), (Fault::Http(401), 1)] {
        let (tokens, callbacks) = (hospital.calls(Endpoint::Token), hospital.calls(Endpoint::Callback));
        hospital.simulator.arm(Endpoint::Token, fault, FOR_EVER);
        let report = hospital.run().await;
        assert_eq!((report.exit_code().status(), report.pending), (status, 1), "{fault}");
        assert_eq!(hospital.database.outbox().await, ["batch_ack pending 1"], "{fault}: the batch was not refused");
        assert_eq!(hospital.calls(Endpoint::Token) - tokens, 1, "{fault}");
        assert_eq!(hospital.calls(Endpoint::Callback), callbacks, "{fault}");
        hospital.simulator.disarm();
    }
    assert_eq!(hospital.run_well().await.acknowledged, 1);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_call_that_hangs_is_tried_as_often_as_the_pipeline_says() {
    let mut hospital = hospital_with_single_callbacks(40).await;
    hospital.run_until("committed", 1).await;
    hospital.redefine(|text| text.replace("attempts_max = 1", "attempts_max = 2"));
    hospital.simulator.arm(Endpoint::Token, Fault::Hang, FOR_EVER);
    let before = hospital.calls(Endpoint::Token);
    let report = hospital.run().await;
    assert_eq!((report.exit_code().status(), report.pending), (75, 40));
    assert_eq!(hospital.calls(Endpoint::Token) - before, 2);
    hospital.simulator.disarm();
    assert_eq!(hospital.run_well().await.acknowledged, 40);
    hospital.database.assert_sound().await;
}
