//! PostgreSQL going away, and what else a database, a disk and a second run can do to a night.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use assert_cmd::Command;
use tijian::guidance::ExitCode;
use tijian::local_postgres::{Durability, LocalPostgres};
use tijian::night::Step;
use tijian::simulator::{GeneratorOptions, SimulatorOptions};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::support::{Hospital, TestDatabase, record, server_options, server_place, terminate};

/// When deliveries take effect: fixed, so that a repeated pull does not move the history.
const NIGHT: i64 = 1_767_636_000_000;

/// More than any step takes on a busy machine; only a failing test waits that long.
const LIMIT: Duration = Duration::from_secs(60);

/// Twenty reservations, and a refused one, so that each is acknowledged by itself.
async fn hospital(database: TestDatabase, account: &str) -> Hospital {
    let generator = GeneratorOptions { reservations: 20, ..Default::default() };
    let hospital = Hospital::of(database, account, SimulatorOptions { generator, ..Default::default() }).await;
    hospital.simulator.insert_records(vec![record("BAD-1", r#""checkDate":"2026-02-30""#)]);
    hospital.simulator.set_timestamp(Some(NIGHT));
    hospital
}

async fn undisturbed() -> Vec<String> {
    let hospital = hospital(TestDatabase::create().await, "demo").await;
    hospital.run_well().await;
    hospital.database.history().await
}

/// The night after the trouble: complete, and the platform is owed nothing.
async fn assert_completes(hospital: &Hospital, history: &[String], at: &str) {
    let report = hospital.run().await;
    assert_eq!(report.exit_code(), ExitCode::Quarantined, "{at}: {:?}", report.error);
    assert_eq!(hospital.database.history().await, history, "{at}");
    assert_eq!(hospital.simulator.unacknowledged(), 1, "{at}: only the refused record is held");
    let pending = "select key from etl.outbox where state = 'pending'";
    assert_eq!(hospital.database.lines(pending).await, [] as [&str; 0], "{at}");
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_down_between_two_steps_costs_one_run() {
    let place = server_place();
    let options = server_options(place.path().join("postgres"), Durability::Durable);
    let start = || block_in_place(|| LocalPostgres::start(&options).unwrap());
    let mut server = Some(start());
    let history = undisturbed().await;
    for step in ["landed", "chunk_loaded", "committed", "confirmed", "acknowledged"] {
        let url = server.as_ref().unwrap().url();
        let database = TestDatabase::create_on(server.as_ref().unwrap(), step).await;
        let mut hospital = hospital(database, "demo").await;
        let running = Mutex::new(server.take());
        let report = hospital
            .run_with(&|seen| {
                if seen.name() == step
                    && let Some(server) = running.lock().unwrap().take()
                {
                    block_in_place(|| server.stop().unwrap());
                }
                Ok(())
            })
            .await;
        assert!(running.lock().unwrap().is_none(), "{step} was reached");
        assert_eq!(report.exit_code(), ExitCode::Temporary, "{step}: {:?}", report.error);
        let is_committed = ["committed", "confirmed", "acknowledged"].contains(&step);
        assert_eq!(report.delivery.is_some(), is_committed, "{step}");
        assert!(is_committed || hospital.confirmed().is_empty(), "{step}");

        // Still down: the next run says so at once.
        let down = hospital.run().await;
        assert_eq!(down.exit_code(), ExitCode::Temporary, "{step}: {:?}", down.error);
        server = Some(start());
        assert_eq!(server.as_ref().unwrap().url(), url);
        // The warehouse of before, with its dead connections.
        hospital.database.reconnect().await;
        assert_completes(&hospital, &history, step).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminated_backend_costs_one_run() {
    let history = undisturbed().await;
    for (step, nth) in
        [("started", 1), ("chunk_loaded", 1), ("loaded", 1), ("committed", 1), ("confirmed", 1), ("confirmed", 7)]
    {
        let at = format!("{step} {nth}");
        let hospital = hospital(TestDatabase::create().await, "demo").await;
        let seen = Mutex::new(0);
        let report = hospital
            .run_with(&|reached| {
                if reached.name() == step {
                    let mut seen = seen.lock().unwrap();
                    *seen += 1;
                    if *seen == nth {
                        block_in_place(|| Handle::current().block_on(terminate_backends(&hospital.database)));
                    }
                }
                Ok(())
            })
            .await;
        assert_eq!(report.exit_code(), ExitCode::Temporary, "{at}: {:?}", report.error);
        let is_committed = ["committed", "confirmed"].contains(&step);
        assert_eq!(report.delivery.is_some(), is_committed, "{at}");
        assert_completes(&hospital, &history, &at).await;
    }
}

/// Ends every connection of the warehouse to this database, and waits until they are gone.
async fn terminate_backends(database: &TestDatabase) {
    let ours = "datname = current_database() and application_name = 'tijian'";
    assert!(terminate(&database.client, ours).await > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_landing_folder_that_cannot_be_written_is_named() {
    let hospital = hospital(TestDatabase::create().await, "demo").await;
    // Permissions do not keep root out; a file in the way keeps everybody out.
    let landing = hospital.dir.path().join("landing");
    for path in [landing.clone(), landing.join("demo")] {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "in the way").unwrap();
        let report = hospital.run().await;
        assert_eq!(report.exit_code(), ExitCode::Failed);
        let words = report.error.unwrap().chain();
        let said = format!("cannot create {}: ", path.display());
        assert!(words.starts_with(&said) && words.contains("os error"), "{words}");
        assert!(hospital.simulator.log().is_empty(), "nothing is pulled that has no place");
        std::fs::remove_file(&path).unwrap();
    }
    assert_completes(&hospital, &undisturbed().await, "after").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_of_a_newer_program_is_refused() {
    let hospital = hospital(TestDatabase::create().await, "demo").await;
    let newer = "insert into etl.schema_migrations (version, name, applied_on, checksum)
        select 9999, 'create_something', applied_on, '1' from etl.schema_migrations limit 1";
    hospital.database.client.batch_execute(newer).await.unwrap();
    let error = hospital.database.warehouse.migrate().await.unwrap_err();
    assert!(error.to_string().contains("the database's schema is at version 9999"), "{error}");

    let output = Command::new(assert_cmd::cargo::cargo_bin!("tijian"))
        .args(["run", hospital.pipeline_file.to_str().unwrap()])
        .envs(program_environment(&hospital))
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("version 9999") && stderr.contains("install the newer tijian"), "{stderr}");
    assert!(hospital.simulator.log().is_empty());

    hospital.database.client.batch_execute("delete from etl.schema_migrations where version = 9999").await.unwrap();
    hospital.database.warehouse.migrate().await.unwrap();
    hospital.run_well().await;
}

/// The variables that a pipeline of the tests names.
fn program_environment(hospital: &Hospital) -> [(&'static str, String); 5] {
    let credentials = tijian::simulator::Credentials::default();
    [
        ("ZHELIBAN_API_KEY", credentials.api_key),
        ("ZHELIBAN_SECRET", credentials.secret),
        ("ZHELIBAN_AES_KEY", credentials.aes_key),
        ("TIJIAN_SITE_KEY", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=".to_owned()),
        ("DATABASE_URL", hospital.database.url.clone()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_side_by_side_in_one_warehouse_do_not_touch_each_other() {
    // The same reservations, by serial number, in both accounts.
    let database = TestDatabase::create().await;
    let second = hospital(database.share().await, "second").await;
    let first = hospital(database, "demo").await;
    for _ in 0..3 {
        let reports = tokio::join!(first.run(), second.run());
        for report in [&reports.0, &reports.1] {
            assert_eq!(report.exit_code(), ExitCode::Quarantined, "{:?}", report.error);
            assert_eq!(report.pending, 0);
        }
        assert_eq!(reports.0.counts, reports.1.counts);
        for hospital in [&first, &second] {
            assert_eq!(hospital.simulator.unacknowledged(), 1);
            hospital.simulator.advance_night();
            hospital.simulator.set_timestamp(None);
        }
    }
    assert!(first.database.versions().await.len() > 40);
    let lonely = "select serial_number from warehouse.reservation_versions
        group by serial_number, version, valid_from, valid_to, change, person_id, fingerprint having count(*) <> 2";
    assert_eq!(first.database.lines(lonely).await, [] as [&str; 0]);
    first.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_may_begin_a_new_warehouse_at_the_same_time() {
    for is_same_key in [true, false] {
        let known = hospital(TestDatabase::create().await, "demo").await;
        known.run_well().await;
        let keys = known.database.lines("select encode(key_id, 'hex') from etl.site_keys").await;

        // Somebody else is about to write the first key.
        let hospital = hospital(TestDatabase::create().await, "demo").await;
        let key = if is_same_key { keys[0].clone() } else { "ff".repeat(keys[0].len() / 2) };
        let insert = format!(
            "begin; select pg_advisory_xact_lock(hashtextextended('tijian site key', 0));
            insert into etl.site_keys (key_id) values (decode('{key}', 'hex'))"
        );
        let other = hospital.database.share().await;
        other.client.batch_execute(&insert).await.unwrap();
        let (report, ()) = tokio::join!(hospital.run(), async {
            wait_for_a_lock(&hospital.database).await;
            other.client.batch_execute("commit").await.unwrap();
        });
        let expected = if is_same_key { ExitCode::Quarantined } else { ExitCode::Definition };
        assert_eq!(report.exit_code(), expected, "{:?}", report.error);
        assert_eq!(hospital.database.lines("select encode(key_id, 'hex') from etl.site_keys").await, [key]);
    }
}

/// Returns when a connection of the warehouse waits for another one.
async fn wait_for_a_lock(database: &TestDatabase) {
    let waiting = "select pid::text from pg_stat_activity
        where datname = current_database() and application_name = 'tijian' and wait_event_type = 'Lock'";
    let begin = Instant::now();
    while database.lines(waiting).await.is_empty() {
        assert!(begin.elapsed() < LIMIT, "nobody waits");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_runs_of_one_account_the_second_ends_at_once() {
    let hospital = hospital(TestDatabase::create().await, "demo").await;
    let inner = Mutex::new(Vec::new());
    let report = hospital
        .run_with(&|step| {
            if matches!(step, Step::Started | Step::Landed { .. } | Step::Loaded(_) | Step::Acknowledged) {
                let calls = hospital.simulator.log().len();
                let second = block_in_place(|| Handle::current().block_on(hospital.run()));
                inner.lock().unwrap().push((second.exit_code(), hospital.simulator.log().len() - calls));
            }
            Ok(())
        })
        .await;
    assert_eq!(report.exit_code(), ExitCode::Quarantined, "{:?}", report.error);
    assert_eq!(*inner.lock().unwrap(), [(ExitCode::Locked, 0); 4]);
    assert_eq!(hospital.database.lines("select count(*)::text from etl.runs").await, ["1"]);
    assert_completes(&hospital, &undisturbed().await, "after").await;
}
