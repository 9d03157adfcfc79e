//! How long a run waits for the platform, and how much it takes of an answer that is none: enough, and not without end.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::StatusCode;
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
