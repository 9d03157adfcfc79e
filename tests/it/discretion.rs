//! Log lines say what happened, and never to whom.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tijian::simulator::{Endpoint, Fault};

use crate::support::{Hospital, assert_discreet, marked_record};

/// Log lines, kept.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// On one thread, so that its subscriber hears all of the run but the decoder.
#[tokio::test(flavor = "current_thread")]
async fn log_lines_of_a_bad_night_hold_no_content() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter("off,tijian=trace,tijian::simulator=off")
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let hospital = Hospital::new().await;
    hospital.simulator.insert_records(vec![
        marked_record("M-1", ""),
        marked_record("M-2", r#""checkDate":"1949-12-31x","mobile":"13912345678901234567890""#),
        // A wrong check digit.
        marked_record("M-3", r#""idcard":"110105194912310021""#),
        r#"{"requestId":"$request","name":"标记姓名","#.to_owned() + r#""mobile":13912345678}"#,
    ]);
    hospital.simulator.arm(Endpoint::Order, Fault::PlainSuccess, 1);
    let failed = hospital.run().await;
    hospital.simulator.arm(Endpoint::Order, Fault::Http(503), 1);
    hospital.simulator.arm(Endpoint::Callback, Fault::ExpiredToken, 1);
    hospital.simulator.arm(Endpoint::Callback, Fault::EncryptedFailure, 2);
    hospital.simulator.arm(Endpoint::Callback, Fault::Garbage, 3);
    let pending = hospital.run().await;
    let words = [hospital.words(&failed).await, hospital.words(&pending).await].concat();
    assert_discreet(&words, "errors and reasons");
    hospital.run_well().await;

    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    for said in ["trying again", "fresh one", "delivery landed", "delivery committed", "break a rule", "stays pending"]
    {
        assert!(log.contains(said), "{said}: {log}");
    }
    assert_discreet(&log, "log");
    hospital.database.assert_sound().await;
}
