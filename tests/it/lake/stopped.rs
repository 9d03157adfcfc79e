//! Publications that are stopped or killed, or whose store is down: the next one completes them.

use tijian::failure::RunError;
use tijian::guidance::ExitCode;
use tijian::night::PublishStep;
use tijian::simulator::{GeneratorOptions, SimulatorOptions};

use super::{DELIVERIES, STATES, assert_published, expected, hospital, night, pointer, publish_until, root, rows_of};
use crate::support::{Hospital, Running, TestDatabase, record};

/// Invariant: A publication that is stopped anywhere is completed by the next, without a version lost or twice.
/// Held by: the ledger's claim before the files, and the pointer, which says whether it was moved.
#[tokio::test(flavor = "multi_thread")]
async fn a_publication_stopped_after_any_step_is_completed_by_the_next() {
    let hospital = hospital().await;
    let mut number = 0;
    for step in PublishStep::NAMES {
        for nth in 1..=2 {
            night(&hospital, number).await;
            number += 1;
            // Five rows in a file: each publication has several.
            let stopped = publish_until(&hospital, false, 5, Some((step, nth))).await;
            let at = format!("{step} {nth}");
            match stopped {
                Err(RunError::Stopped(_)) => {}
                Ok(report) => assert!(report.publications < nth as u64, "{at}"),
                Err(error) => panic!("{at}: {}", error.chain()),
            }
            publish_until(&hospital, false, 5, None).await.unwrap();
            assert_published(&hospital, &at).await;
        }
    }
    // The same while everything is published again.
    for step in PublishStep::NAMES {
        let stopped = publish_until(&hospital, true, 50, Some((step, 1))).await;
        assert!(matches!(stopped, Err(RunError::Stopped(_))), "{step}");
        let before = pointer(&hospital).number;
        publish_until(&hospital, false, 50, None).await.unwrap();
        assert!(pointer(&hospital).number >= before);
        assert_published(&hospital, step).await;
    }
    hospital.database.assert_sound().await;
}

/// Killed, not stopped: what lies half written is gone with the next publication.
#[tokio::test(flavor = "multi_thread")]
async fn a_publication_killed_at_any_moment_is_completed_by_the_next() {
    let hospital = hospital().await;
    for number in 0..3 {
        night(&hospital, number).await;
    }
    let file = hospital.pipeline_file.to_str().unwrap().to_owned();
    hospital.command(&["lake", "publish", &file]).expect(0);
    for round in 0..12 {
        let mut command = hospital.tijian();
        command.args(["lake", "publish", "--again", &file]);
        let mut running = Running::start(&mut command);
        std::thread::sleep(std::time::Duration::from_millis(15 * round));
        running.child().kill().unwrap();
        running.child().wait().unwrap();
        drop(running);
        // The server may still hold the killed one's lock for a moment; the next one waits for it.
        hospital.command(&["lake", "publish", &file]).expect(0);
        let (states, deliveries) = expected(&hospital).await;
        let pointer = pointer(&hospital);
        assert!(rows_of(&hospital, &pointer.states, STATES) == states, "round {round}");
        assert_eq!(rows_of(&hospital, &pointer.deliveries, DELIVERIES), deliveries, "round {round}");
    }
    // Killed while the pointer was written, which is hard to hit.
    std::fs::write(root(&hospital).join("pointer.json#7"), "{").unwrap();
    hospital.command(&["lake", "publish", "--again", &file]).expect(0);
    assert_published(&hospital, "killed").await;
}

/// Invariant: A lake that is down undoes nothing, and the next run publishes what it lacks.
/// Held by: what is owed is what the ledger does not have.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_store_that_is_down_did_not_get_is_published_by_the_next_run() {
    let generator = GeneratorOptions { reservations: 20, ..Default::default() };
    let mut hospital =
        Hospital::of(TestDatabase::create().await, "demo", SimulatorOptions { generator, ..Default::default() }).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    hospital.redefine(|text| format!("{text}\n[[export]]\nkind = \"lake\"\nurl = \"s3://lake/tijian\"\n"));
    let mut command = hospital.tijian();
    command.arg("run").arg(&hospital.pipeline_file);
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "planted-id"),
        ("AWS_SECRET_ACCESS_KEY", "planted-secret"),
        ("AWS_REGION", "here"),
        ("AWS_ENDPOINT_URL", &format!("http://{closed}")),
        ("AWS_ALLOW_HTTP", "true"),
    ] {
        command.env(name, value);
    }
    let ended = crate::support::end(command).expect(75);
    assert!(ended.stderr.contains("TJ-5101") && ended.stderr.contains("still owed"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("planted"), "{}", ended.stderr);
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    assert_eq!(hospital.database.versions().await.len(), 20);

    // In a folder, and a file is in its place.
    let folder = hospital.dir.path().display().to_string();
    hospital.redefine(|text| text.replace("s3://lake/tijian", &format!("file://{folder}/lake")));
    std::fs::write(hospital.dir.path().join("lake"), "").unwrap();
    hospital.simulator.insert_records(vec![record("MORE", "")]);
    hospital.night(&[]).expect(1);
    std::fs::remove_file(hospital.dir.path().join("lake")).unwrap();
    hospital.night(&[]).expect(0);
    let states: u64 = pointer(&hospital).states.iter().map(|file| file.rows).sum();
    assert_eq!(states, 21);
    let kept = hospital.night(&["--output", "json"]).expect(0).json();
    assert_eq!(kept["runs"][0]["exit_code"], i64::from(ExitCode::Good.status()));
}
