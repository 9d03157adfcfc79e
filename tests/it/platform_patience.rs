//! How long a run waits for the platform, and how much it takes of an answer that is none: enough, and not without end.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tijian::guidance::ExitCode;

use crate::support::{Hospital, Recorder, encrypted, record};

/// What a run waits for an endless answer at most: four times the second of silence that these pipelines allow, and what
/// a busy machine takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A platform with one reservation to deliver, and a hospital that tries this often.
async fn with_a_reservation(attempts_max: u32) -> (Recorder, Hospital) {
    let recorder = Recorder::start().await;
    let mut hospital = recorder.hospital().await;
    hospital.redefine(|text| text.replace("attempts_max = 1", &format!("attempts_max = {attempts_max}")));
    (recorder, hospital)
}

fn delivery() -> String {
    let record = record("A-1", r#""requestId":"R-1""#);
    encrypted(&format!(r#"{{"code":200,"success":true,"result":[{record}],"timestamp":1767636000000}}"#))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_platform_gets_the_time_that_it_asks_for() {
    for endpoint in ["token", "order", "callback"] {
        let (recorder, hospital) = with_a_reservation(2).await;
        // Two seconds, where the first pause would be one at most.
        recorder.answer(endpoint, (StatusCode::TOO_MANY_REQUESTS, [("Retry-After", "2")]));
        recorder.answer("order", delivery());
        let begin = Instant::now();
        let report = hospital.run_well().await;
        assert!(begin.elapsed() >= Duration::from_secs(2), "{endpoint}: {:?}", begin.elapsed());
        assert_eq!((report.counts.opened, report.acknowledged), (1, 1), "{endpoint}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_asks_for_an_hour_is_left_alone_until_the_next_run() {
    for (endpoint, status) in
        [("token", ExitCode::Temporary), ("order", ExitCode::Temporary), ("callback", ExitCode::Pending)]
    {
        let (recorder, hospital) = with_a_reservation(3).await;
        recorder.answer(endpoint, (StatusCode::SERVICE_UNAVAILABLE, [("Retry-After", "3600")]));
        recorder.answer("order", delivery());
        assert_eq!(hospital.run().await.exit_code(), status, "{endpoint}");
        assert_eq!(recorder.requests_of(endpoint).len(), 1);
        recorder.answer("order", delivery());
        let again = hospital.run_well().await;
        assert_eq!((again.acknowledged, again.pending), (1, 0), "{endpoint}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_until_a_date_goes_by_the_platforms_own_clock() {
    let (recorder, hospital) = with_a_reservation(2).await;
    // Years from now by any clock but its own.
    let busy = [("Date", "Wed, 21 Oct 2065 07:28:00 GMT"), ("Retry-After", "Wed, 21 Oct 2065 07:28:02 GMT")];
    recorder.answer("order", (StatusCode::SERVICE_UNAVAILABLE, busy));
    recorder.answer("order", delivery());
    let begin = Instant::now();
    hospital.run_well().await;
    assert!(begin.elapsed() >= Duration::from_secs(2), "{:?}", begin.elapsed());
}

/// "System busy", as platforms say it inside of HTTP 200, in plain text.
fn busy(code: i64) -> String {
    format!(
        r#"{{"code":{code},"message":"系统繁忙，请稍后再试","success":false,"result":null,"timestamp":1796000000000}}"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_says_it_is_busy_is_asked_again_and_then_left_for_the_next_run() {
    for code in [500, 503, 429, 50002, 502, 504, 408] {
        let (recorder, hospital) = with_a_reservation(2).await;
        for endpoint in ["token", "order"] {
            recorder.answer(endpoint, busy(code));
            recorder.answer("order", delivery());
            let begin = Instant::now();
            assert_eq!(hospital.run_well().await.acknowledged, 1, "{code} at {endpoint}");
            assert!(begin.elapsed() >= Duration::from_millis(500), "a pause before: {:?}", begin.elapsed());
        }
        for endpoint in ["token", "order"] {
            let before = recorder.requests_of(endpoint).len();
            recorder.answer(endpoint, busy(code));
            recorder.answer(endpoint, busy(code));
            let report = hospital.run().await;
            assert_eq!(report.exit_code(), ExitCode::Temporary, "{code} at {endpoint}");
            let said = report.error.unwrap().chain();
            assert!(said.contains(&format!("refused /reservation/sync/{endpoint} with its code {code}")), "{said}");
            assert_eq!(recorder.requests_of(endpoint).len() - before, 2, "{code} at {endpoint}");
        }
        hospital.database.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_callback_is_repeated_and_one_that_is_refused_is_not() {
    // Codes that say "busy" whatever was asked: tried again, and the batch stays one.
    for code in [503, 429] {
        let (recorder, hospital) = with_a_reservation(3).await;
        recorder.answer("callback", busy(code));
        recorder.answer("callback", busy(code));
        recorder.answer("order", delivery());
        let report = hospital.run_well().await;
        assert_eq!((report.acknowledged, report.pending), (1, 0), "{code}");
        let callbacks = recorder.requests_of("callback");
        assert!(callbacks.iter().all(|callback| callback.parameters().contains("requestId")), "{code}");
        assert_eq!((callbacks.len(), recorder.requests_of("token").len()), (3, 1), "{code}");
    }
    // "Wrong data" may mean the batch: once more with another token, then its reservation by itself, once.
    for code in [500, 50002, 50003] {
        let (recorder, hospital) = with_a_reservation(3).await;
        for _ in 0..3 {
            recorder.answer("callback", busy(code));
        }
        recorder.answer("order", delivery());
        assert_eq!(hospital.run().await.exit_code(), ExitCode::Pending, "{code}");
        let callbacks =
            recorder.requests_of("callback").iter().map(|callback| callback.parameters()).collect::<Vec<_>>();
        assert_eq!(
            callbacks,
            [r#"{"requestId":"R-1"}"#, r#"{"requestId":"R-1"}"#, r#"{"serialNumber":"A-1"}"#],
            "{code}"
        );
        recorder.answer("order", delivery());
        let again = hospital.run_well().await;
        assert_eq!((again.acknowledged, again.pending), (1, 0), "{code}");
        hospital.database.assert_sound().await;
    }
}

/// A token that is dead, or not known everywhere yet.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_whose_fresh_token_is_refused_gets_another_one_and_more_patience() {
    let unauthorized = || (StatusCode::UNAUTHORIZED, "").into_response();
    for refusals in [[busy(401).into_response(), busy(403).into_response()], [unauthorized(), unauthorized()]] {
        let (recorder, hospital) = with_a_reservation(3).await;
        for refusal in refusals {
            recorder.answer("order", refusal);
        }
        recorder.answer("order", delivery());
        let report = hospital.run_well().await;
        assert_eq!((report.counts.opened, report.acknowledged), (1, 1));
        assert_eq!((recorder.requests_of("token").len(), recorder.requests_of("order").len()), (2, 3));
    }
}

/// An answer that begins well and has no end, never silent for long.
fn endless() -> Body {
    let begin = delivery()[..32].to_owned();
    let drops = stream::repeat(()).then(async |()| {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok(Bytes::from_static(b"\n"))
    });
    Body::from_stream(stream::iter([Ok::<_, Infallible>(Bytes::from(begin))]).chain(drops))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_that_drips_without_end_is_given_up() {
    for endpoint in ["token", "order", "callback"] {
        let (recorder, hospital) = with_a_reservation(1).await;
        recorder.answer(endpoint, (StatusCode::SERVICE_UNAVAILABLE, endless()));
        recorder.answer("order", delivery());
        let report = tokio::time::timeout(PATIENCE, hospital.run()).await.expect("the run ends");
        let words = hospital.words(&report).await;
        assert!(words.contains(&format!("{endpoint} with HTTP status 503")), "{endpoint}: {words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_code_inside_of_http_200_gets_the_time_that_it_asks_for() {
    for endpoint in ["token", "order"] {
        let (recorder, hospital) = with_a_reservation(2).await;
        recorder.answer(endpoint, ([("Retry-After", "2")], busy(503)));
        recorder.answer("order", delivery());
        let begin = Instant::now();
        assert_eq!(hospital.run_well().await.acknowledged, 1, "{endpoint}");
        assert!(begin.elapsed() >= Duration::from_secs(2), "{endpoint}: {:?}", begin.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_drips_without_end_is_given_up() {
    for (endpoint, status) in
        [("token", ExitCode::Temporary), ("order", ExitCode::Temporary), ("callback", ExitCode::Pending)]
    {
        let (recorder, hospital) = with_a_reservation(1).await;
        recorder.answer(endpoint, endless());
        recorder.answer("order", delivery());
        let report = tokio::time::timeout(PATIENCE, hospital.run()).await.expect("the run ends");
        assert_eq!(report.exit_code(), status, "{endpoint}: {:?}", report.error);
        let words = hospital.words(&report).await;
        assert!(words.contains(&format!("cannot reach the platform at /reservation/sync/{endpoint}")), "{words}");
        recorder.answer("order", delivery());
        let again = hospital.run_well().await;
        assert_eq!((again.acknowledged, again.pending), (1, 0), "{endpoint}");
        hospital.database.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_answer_that_cannot_be_read_no_more_is_kept_than_is_of_use() {
    const MEBIBYTE: u64 = 1 << 20;
    let (recorder, hospital) = with_a_reservation(1).await;
    recorder.answer("order", vec![b'A'; 64 << 20]);
    let report = hospital.run().await;
    assert_eq!(report.exit_code(), ExitCode::Failed);
    let landed: Vec<String> = hospital.files().into_iter().filter(|file| file.ends_with(".delivery")).collect();
    let [landed] = &landed[..] else { panic!("{landed:?}") };
    let bytes = std::fs::metadata(hospital.dir.path().join(landed)).unwrap().len();
    // What was under way to the reader when it gave up is kept, too.
    assert!((MEBIBYTE..16 * MEBIBYTE).contains(&bytes), "{bytes}");
    recorder.answer("order", delivery());
    assert_eq!(hospital.run_well().await.counts.opened, 1);
}
