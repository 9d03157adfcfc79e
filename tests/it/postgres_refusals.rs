//! What PostgreSQL refuses or breaks off in the middle of a run, and what the run makes of it: each refusal is a real one,
//! brought about by another connection or by a setting, but for those of the last table.

use std::time::{Duration, Instant};

use tijian::guidance::{ExitCode, Remedy};
use tijian::night::RunReport;
use tokio_postgres::Client;

use crate::support::{FinalState, Hospital, TestDatabase, eventful_hospital, tell_night};

/// More than any step takes on a busy machine; only a failing test waits that long.
const LIMIT: Duration = Duration::from_secs(60);

/// The connections of the program, but not those of the test.
const OURS: &str = "datname = current_database() and application_name = 'tijian'";

/// A hospital in its second night, whose first one went well; and the state that the second one must come to.
async fn second_night() -> (Hospital, FinalState) {
    let (hospital, calm) = (
        eventful_hospital(TestDatabase::create().await, 3).await,
        eventful_hospital(TestDatabase::create().await, 3).await,
    );
    for night in 0..2 {
        tell_night(&hospital, night);
        tell_night(&calm, night);
        calm.run_well().await;
        if night == 0 {
            hospital.run_well().await;
        }
    }
    let state = FinalState::of(&calm).await;
    (hospital, state)
}

/// Another connection to the hospital's database.
async fn other(hospital: &Hospital) -> Client {
    hospital.database.share().await.client
}

/// Returns when the run waits for a lock of somebody else's.
async fn wait_for_a_lock(hospital: &Hospital) {
    let waiting = format!("select pid::text from pg_stat_activity where {OURS} and wait_event_type = 'Lock'");
    let begin = Instant::now();
    while hospital.database.lines(&waiting).await.is_empty() {
        assert!(begin.elapsed() < LIMIT, "nobody waits");
        tokio::task::yield_now().await;
    }
}

/// The refused run said that it is to be repeated, and named the cause; nothing of it is there, and the next one goes well.
async fn assert_temporary(report: &RunReport, says: &str, hospital: &Hospital, undisturbed: &FinalState) {
    let words = report.error.as_ref().map(|error| error.chain()).unwrap_or_default();
    assert_eq!(report.exit_code(), ExitCode::Temporary, "{words}");
    assert!(words.contains(says), "{words}");
    assert_eq!(report.delivery, None, "{words}");
    let deliveries = "select delivery_id::text from etl.deliveries";
    assert_eq!(hospital.database.lines(deliveries).await, ["1"], "{words}");
    let again = hospital.run_well().await;
    assert_eq!((again.exit_code(), again.pending), (ExitCode::Quarantined, 0));
    FinalState::of(hospital).await.assert_is(undisturbed, says);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_costs_one_run() {
    let (hospital, undisturbed) = second_night().await;
    let other = other(&hospital).await;
    // It waits for us first, then we for it; its patience ends sooner.
    other
        .batch_execute("set deadlock_timeout = '1h'; begin; lock table etl.touched_months in exclusive mode")
        .await
        .unwrap();
    let (report, ()) = tokio::join!(hospital.run(), async {
        wait_for_a_lock(&hospital).await;
        other.batch_execute("lock table etl.batches in exclusive mode").await.unwrap();
        other.batch_execute("rollback").await.unwrap();
    });
    assert_temporary(&report, "SQLSTATE 40P01", &hospital, &undisturbed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_default_of_repeatable_read_does_not_fail_a_night_that_waits_for_another_transaction() {
    let (mut hospital, undisturbed) = second_night().await;
    let other = other(&hospital).await;
    other
        .batch_execute(
            "do $$ begin execute format('alter database %I set default_transaction_isolation = ''repeatable read''',
                current_database()); end $$",
        )
        .await
        .unwrap();
    other.batch_execute("begin; update etl.touched_months set delivery_id = delivery_id").await.unwrap();
    // Connections that know of the setting.
    let fresh = hospital.database.share().await;
    let known = std::mem::replace(&mut hospital.database, fresh);
    let (report, ()) = tokio::join!(hospital.run(), async {
        wait_for_a_lock(&hospital).await;
        other.batch_execute("commit").await.unwrap();
    });
    drop(known);
    assert_eq!(report.exit_code(), ExitCode::Quarantined, "{:?}", report.error);
    FinalState::of(&hospital).await.assert_is(&undisturbed, "after");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_takes_no_connections_costs_one_run() {
    let (hospital, undisturbed) = second_night().await;
    let name = hospital.database.lines("select current_database()::text").await[0].clone();
    let elsewhere = TestDatabase::create_empty().await;
    elsewhere.client.batch_execute(&format!("alter database {name} allow_connections false")).await.unwrap();
    let ended = tokio::task::block_in_place(|| hospital.night(&["--quiet"])).expect(75);
    assert!(ended.stderr.contains("cannot get a connection to PostgreSQL"), "{}", ended.stderr);
    elsewhere.client.batch_execute(&format!("alter database {name} allow_connections true")).await.unwrap();
    tokio::task::block_in_place(|| hospital.night(&["--quiet"]).expect(3));
    FinalState::of(&hospital).await.assert_is(&undisturbed, "after");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_ended_within_a_statement_costs_one_run() {
    for table in ["etl.deliveries", "etl.rejections", "etl.outbox", "etl.touched_months"] {
        let (hospital, undisturbed) = second_night().await;
        let other = other(&hospital).await;
        other.batch_execute(&format!("begin; lock table {table} in share row exclusive mode")).await.unwrap();
        let (report, ()) = tokio::join!(hospital.run(), async {
            wait_for_a_lock(&hospital).await;
            let end = format!(
                "select pg_terminate_backend(pid)::text from pg_stat_activity
                where {OURS} and wait_event_type = 'Lock'"
            );
            assert_eq!(hospital.database.lines(&end).await, ["true"], "{table}");
            other.batch_execute("rollback").await.unwrap();
        });
        assert_temporary(&report, "SQLSTATE 57P01", &hospital, &undisturbed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_is_broken_off_is_to_be_repeated() {
    let database = TestDatabase::create_empty().await;
    let hospital = Hospital::of(database, "demo", Default::default()).await;
    let other = other(&hospital).await;
    // The first migration goes through; a later one waits for us.
    other.batch_execute("begin; create schema warehouse").await.unwrap();
    let warehouse = hospital.database.warehouse.clone();
    let (outcome, ()) = tokio::join!(warehouse.migrate(), async {
        wait_for_a_lock(&hospital).await;
        let end = format!(
            "select pg_terminate_backend(pid)::text from pg_stat_activity
            where {OURS} and wait_event_type = 'Lock'"
        );
        assert_eq!(hospital.database.lines(&end).await, ["true"]);
        other.batch_execute("rollback").await.unwrap();
    });
    let error = outcome.unwrap_err();
    assert!(error.to_string().contains("cannot bring the database's schema up to date"), "{error}");
    assert_eq!(error.guidance().exit_code, ExitCode::Temporary, "{error}");
    warehouse.migrate().await.unwrap();
    assert_eq!(hospital.run_well().await.exit_code(), ExitCode::Good);
    hospital.database.assert_sound().await;
}

/// These are raised by a trigger: what would bring them about in earnest is not to be had in a test.
#[tokio::test(flavor = "multi_thread")]
async fn every_class_of_failure_has_its_outcome() {
    let (hospital, undisturbed) = second_night().await;
    for (state, outcome) in [
        ("53100", ExitCode::Temporary),
        ("53200", ExitCode::Temporary),
        ("53300", ExitCode::Temporary),
        ("58030", ExitCode::Temporary),
        ("57P03", ExitCode::Temporary),
        ("08006", ExitCode::Temporary),
        ("40001", ExitCode::Temporary),
        ("25P03", ExitCode::Temporary),
        ("25P04", ExitCode::Temporary),
        ("42501", ExitCode::Failed),
        ("26000", ExitCode::Failed),
        ("42P05", ExitCode::Failed),
        ("25006", ExitCode::Failed),
        ("23505", ExitCode::Failed),
        ("XX001", ExitCode::Failed),
    ] {
        let trigger = format!(
            "create or replace function etl.fail() returns trigger language plpgsql as
                $$ begin raise exception 'planned' using errcode = '{state}'; end $$;
            drop trigger if exists fail on etl.batches;
            create trigger fail before insert on etl.batches execute function etl.fail()"
        );
        hospital.database.client.batch_execute(&trigger).await.unwrap();
        let report = hospital.run().await;
        let words = report.error.as_ref().map(|error| error.chain()).unwrap_or_default();
        assert_eq!((report.exit_code(), report.delivery), (outcome, None), "{state}: {words}");
        assert!(words.contains(state), "{state}: {words}");
        let is_of_pooler = report.error.unwrap().guidance().remedy == Some(Remedy::AvoidPooler);
        assert_eq!(is_of_pooler, ["26000", "42P05"].contains(&state), "{state}");
    }
    hospital.database.client.batch_execute("drop function etl.fail cascade").await.unwrap();
    assert_eq!(hospital.run_well().await.exit_code(), ExitCode::Quarantined);
    FinalState::of(&hospital).await.assert_is(&undisturbed, "after");
    hospital.database.assert_sound().await;
}
