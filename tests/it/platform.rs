//! Every fault of the platform, at every call that a run makes: once, and for longer than the tries last.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, stream};
use tijian::simulator::{Callbacks, Endpoint, Fault, GeneratorOptions, SimulatorOptions};

use crate::support::{Hospital, TestDatabase, assert_discreet, marked_record, record};

/// When the delivery takes effect: fixed, so that a repeated pull does not move the history.
const NIGHT: i64 = 1_767_636_000_000;

/// More calls than any run makes.
pub const FOR_EVER: u32 = 1_000_000;

/// Hospitals at work at once; most of them wait for time-outs.
pub const HOSPITALS_AT_ONCE: usize = 8;

/// Exit status of the run when the fault strikes once (two tries allowed), and when it lasts (one try allowed).
pub type Statuses = [u8; 2];

/// fault · at the token call · at the order call · at the callback · what an error says of it
pub const FAULTS: [(Fault, Statuses, Statuses, Statuses, &str); 34] = [
    // Temporary: tried again; then the run is to be repeated, and the callback stays owed.
    (Fault::Http(503), [0, 75], [0, 75], [0, 4], "with HTTP status 503"),
    (Fault::Http(500), [0, 75], [0, 75], [0, 4], "with HTTP status 500"),
    (Fault::Http(429), [0, 75], [0, 75], [0, 4], "with HTTP status 429"),
    (Fault::EffectThen502, [0, 75], [0, 75], [0, 4], "with HTTP status 502"),
    (Fault::Hang, [0, 75], [0, 75], [0, 4], "cannot reach the platform"),
    (Fault::Disconnect, [0, 75], [0, 75], [0, 4], "cannot reach the platform"),
    (Fault::Busy, [0, 75], [0, 75], [0, 4], "with HTTP status 429"),
    (Fault::EffectThenHang, [0, 75], [0, 75], [0, 4], "cannot reach the platform"),
    (Fault::CutChunks, [0, 75], [0, 75], [0, 4], "cannot reach the platform"),
    (Fault::Drip, [0, 75], [0, 75], [0, 4], "cannot reach the platform"),
    (Fault::FalseGzip, [0, 75], [0, 75], [0, 4], "cannot reach the platform"),
    // Damaged on its way, perhaps: tried again; then somebody has to look.
    (Fault::Garbage, [0, 1], [0, 1], [0, 4], "the body is a web page"),
    (Fault::Empty, [0, 1], [0, 1], [0, 4], "the body is empty"),
    (Fault::Truncated, [0, 1], [0, 1], [0, 4], "the body cannot be decrypted"),
    (Fault::WrongKey, [0, 1], [0, 1], [0, 4], "another AES key encrypted"),
    (Fault::BadPadding, [0, 1], [0, 1], [0, 4], "the body cannot be decrypted"),
    (Fault::TrailingGarbage, [0, 1], [0, 1], [0, 4], "the envelope is not JSON"),
    // Refused: by a callback that is tried once more with another token; of token and order, these codes read as "busy".
    (Fault::PlainFailure, [0, 75], [0, 75], [0, 4], "with its code 500"),
    (Fault::EncryptedFailure, [0, 75], [0, 75], [0, 4], "with its code 50002"),
    // Refused: only a cached token may be the reason, and only the callback has one here.
    (Fault::ExpiredToken, [1, 1], [1, 1], [0, 4], "with its code 50001"),
    // An order's token may not be known everywhere yet; wrong secrets stay wrong.
    (Fault::Http(401), [1, 1], [0, 1], [0, 4], "with HTTP status 401"),
    (Fault::Http(403), [1, 1], [0, 1], [0, 4], "with HTTP status 403"),
    // Wrong for good: not tried again.
    (Fault::Http(404), [1, 1], [1, 1], [4, 4], "with HTTP status 404"),
    (Fault::Redirect, [1, 1], [1, 1], [4, 4], "with HTTP status 307"),
    (Fault::GzipBomb, [1, 1], [0, 1], [4, 4], ""),
    (Fault::PlainSuccess, [1, 1], [1, 1], [4, 4], "in plain text although"),
    // No token, and no reservations.
    (Fault::NullResult, [1, 1], [0, 0], [0, 0], "the envelope's result is"),
    (Fault::MissingResult, [1, 1], [0, 0], [0, 0], "the envelope's result is"),
    // Unusual, and fine. Slow: longer than the time-out, but never silent for so long.
    (Fault::Slow, [0, 0], [0, 0], [0, 0], ""),
    (Fault::StringCode, [0, 0], [0, 0], [0, 0], ""),
    (Fault::ResultAsString, [0, 0], [0, 0], [0, 0], ""),
    (Fault::TimestampAbsent, [0, 0], [0, 0], [0, 0], ""),
    (Fault::Gzip, [0, 0], [0, 0], [0, 0], ""),
    (Fault::WrongCharset, [0, 0], [0, 0], [0, 0], ""),
];

/// A hospital with a few reservations, one of them marked. The lasting faults meet the kinder reading of the callbacks.
async fn hospital(attempts_max: u32) -> Hospital {
    let options = SimulatorOptions {
        generator: GeneratorOptions { reservations: 4, ..Default::default() },
        slow_pause: Duration::from_millis(40),
        callbacks: if attempts_max == 1 { Callbacks::KIND } else { Callbacks::STRICT },
        ..Default::default()
    };
    let mut hospital = Hospital::of(TestDatabase::create().await, "demo", options).await;
    hospital.simulator.insert_records(vec![marked_record("M-1", "")]);
    hospital.simulator.set_timestamp(Some(NIGHT));
    hospital.hurry(attempts_max);
    hospital
}

/// One night with the fault, one without.
async fn strike(fault: Fault, endpoint: Endpoint, is_lasting: bool, status: u8, says: &str, undisturbed: &[String]) {
    let at = format!("{fault} at {endpoint} {}", if is_lasting { "for ever" } else { "once" });
    let hospital = hospital(if is_lasting { 1 } else { 2 }).await;
    hospital.simulator.arm(endpoint, fault, if is_lasting { FOR_EVER } else { 1 });
    let report = hospital.run().await;
    let words = hospital.words(&report).await;
    assert_eq!(report.exit_code().status(), status, "{at}: {words}");
    assert_discreet(&words, &at);
    if status != 0 {
        // A token that is dead from the start is refused where it is used.
        let named =
            if fault == Fault::ExpiredToken && endpoint == Endpoint::Token { Endpoint::Order } else { endpoint };
        assert!(words.contains(&format!("/reservation/sync/{named}")) && words.contains(says), "{at}: {words}");
    }
    // Loaded or not, never half; acknowledged only what is loaded.
    let loaded = hospital.database.history().await.len();
    let is_empty = endpoint == Endpoint::Order && matches!(fault, Fault::NullResult | Fault::MissingResult);
    assert_eq!(loaded, if matches!(status, 0 | 4) && !is_empty { 5 } else { 0 }, "{at}");
    assert!(loaded == 5 || hospital.confirmed().is_empty(), "{at}");
    assert_eq!(report.delivery.is_some(), loaded == 5 || is_empty, "{at}");

    hospital.simulator.disarm();
    let again = hospital.run_well().await;
    assert_eq!(again.exit_code().status(), 0, "{at}");
    if fault == Fault::TimestampAbsent && endpoint == Endpoint::Order {
        // Only the times differ: the time of receipt stands in.
        assert_eq!(hospital.database.versions().await.len(), undisturbed.len(), "{at}");
    } else {
        assert_eq!(hospital.database.history().await, undisturbed, "{at}");
    }
    let pending = "select key from etl.outbox where state = 'pending'";
    assert_eq!(hospital.database.lines(pending).await, [] as [&str; 0], "{at}");
    assert_eq!(hospital.simulator.unacknowledged(), 0, "{at}");
    hospital.database.assert_sound().await;
}

/// Every fault at this call, once and lasting, each in a hospital of its own.
async fn strike_all(endpoint: Endpoint, statuses_of: impl Fn(usize) -> Statuses) {
    let calm = hospital(1).await;
    calm.run_well().await;
    let undisturbed = calm.database.history().await;
    assert_eq!(undisturbed.len(), 5);
    let cases: Vec<_> = FAULTS
        .iter()
        .enumerate()
        .flat_map(|(row, (fault, _, _, _, says))| {
            let statuses = statuses_of(row);
            [false, true].map(|is_lasting| (*fault, is_lasting, statuses[usize::from(is_lasting)], *says))
        })
        .collect();
    let strikes = cases
        .into_iter()
        .map(|(fault, is_lasting, status, says)| strike(fault, endpoint, is_lasting, status, says, &undisturbed));
    assert_each_holds(strikes, 2 * FAULTS.len(), HOSPITALS_AT_ONCE).await;
}

/// Plays stories that have nothing to do with each other, `at_once` at a time, each to its end.
pub async fn assert_each_holds(stories: impl Iterator<Item = impl Future<Output = ()>>, number: usize, at_once: usize) {
    let outcomes: Vec<_> = stream::iter(stories)
        .map(|story| AssertUnwindSafe(story).catch_unwind())
        .buffer_unordered(at_once)
        .collect()
        .await;
    assert_eq!(outcomes.len(), number);
    let failed = outcomes.iter().filter(|outcome| outcome.is_err()).count();
    assert_eq!(failed, 0, "each of them has said above what is wrong");
}

/// Invariant: A run survives every fault of every call, and its messages reveal nothing.
/// Held by: retries only where repeating is safe; errors name endpoint, status and code.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_survives_every_fault_of_the_token_call() {
    strike_all(Endpoint::Token, |row| FAULTS[row].1).await;
}

/// Invariant: A run survives every fault of every call, and its messages reveal nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_survives_every_fault_of_the_order_call() {
    strike_all(Endpoint::Order, |row| FAULTS[row].2).await;
}

/// Invariant: A run survives every fault of every call, and its messages reveal nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_survives_every_fault_of_the_callback() {
    strike_all(Endpoint::Callback, |row| FAULTS[row].3).await;
}

/// As [`strike`], where each reservation is acknowledged by itself.
async fn strike_a_single_callback(fault: Fault, is_lasting: bool, status: u8) {
    let at = format!("{fault} at single callbacks {}", if is_lasting { "for ever" } else { "once" });
    let hospital = hospital(if is_lasting { 1 } else { 2 }).await;
    hospital.simulator.insert_records(vec![record("BAD-1", r#""orderStatus":9"#)]);
    hospital.simulator.arm(Endpoint::Callback, fault, if is_lasting { FOR_EVER } else { 1 });
    let report = hospital.run().await;
    let words = hospital.words(&report).await;
    assert_eq!(report.exit_code().status(), status, "{at}: {words}");
    assert_discreet(&words, &at);
    assert_eq!(hospital.database.history().await.len(), 5, "{at}");
    assert_eq!(report.pending == 0, status == 3, "{at}");

    hospital.simulator.disarm();
    assert_eq!(hospital.run_well().await.exit_code().status(), 3, "{at}");
    let owed = "select key from etl.outbox where state = 'pending'";
    assert_eq!(hospital.database.lines(owed).await, [] as [&str; 0], "{at}");
    assert_eq!(hospital.simulator.unacknowledged(), 1, "{at}: the refused one is held");
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_survives_every_fault_of_a_single_callback() {
    let cases = FAULTS.iter().flat_map(|(fault, _, _, [once, lasting], _)| {
        // A refused record alone makes 3 of what would be 0; acknowledgements that are pending outrank it.
        let status = |of_batch: u8| if of_batch == 0 { 3 } else { of_batch };
        [(*fault, false, status(*once)), (*fault, true, status(*lasting))]
    });
    let strikes = cases.map(|(fault, is_lasting, status)| strike_a_single_callback(fault, is_lasting, status));
    assert_each_holds(strikes, 2 * FAULTS.len(), HOSPITALS_AT_ONCE).await;
}

#[test]
fn the_table_has_every_fault() {
    for name in Fault::names() {
        let is_there = FAULTS.iter().any(|(fault, ..)| match fault {
            Fault::Http(_) => name == "http-<status>",
            fault => name == fault.to_string(),
        });
        assert!(is_there, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_tried_as_often_as_the_pipeline_says() {
    let hospital = hospital(3).await;
    hospital.simulator.arm(Endpoint::Order, Fault::Http(503), FOR_EVER);
    assert_eq!(hospital.run().await.exit_code().status(), 75);
    assert_eq!(hospital.calls(Endpoint::Order), 3);
    assert_eq!(hospital.calls(Endpoint::Token), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_tried_as_often_as_the_pipeline_says_and_with_no_more_than_two_tokens() {
    for (fault, status) in
        [(Fault::PlainFailure, 75), (Fault::EncryptedFailure, 75), (Fault::Http(401), 1), (Fault::Http(403), 1)]
    {
        let hospital = hospital(3).await;
        hospital.simulator.arm(Endpoint::Order, fault, FOR_EVER);
        assert_eq!(hospital.run().await.exit_code().status(), status, "{fault}");
        assert_eq!((hospital.calls(Endpoint::Token), hospital.calls(Endpoint::Order)), (2, 3), "{fault}");
    }
    // Wrong secrets, three times a night, would lock the account.
    for (fault, tokens) in
        [(Fault::PlainFailure, 3), (Fault::EncryptedFailure, 3), (Fault::Http(401), 1), (Fault::Http(403), 1)]
    {
        let hospital = hospital(3).await;
        hospital.simulator.arm(Endpoint::Token, fault, FOR_EVER);
        hospital.run().await;
        assert_eq!((hospital.calls(Endpoint::Token), hospital.calls(Endpoint::Order)), (tokens, 0), "{fault}");
    }
}
