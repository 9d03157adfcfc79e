//! A PostgreSQL server that goes down and comes up again while a run is at work: shut down in order, or crashed; and a COMMIT
//! whose answer never comes.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tijian::guidance::ExitCode;
use tijian::local_postgres::{Durability, LocalPostgres};
use tijian::night::Step;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::support::{
    CommitTime, FinalState, Hospital, TestDatabase, assert_only_committed_states_were_acknowledged, connect,
    eventful_hospital, server_options, server_place, tell_night,
};

/// More than any step takes on a busy machine; only a failing test waits that long.
const LIMIT: Duration = Duration::from_secs(60);

/// A durable server of its own.
struct Server {
    postgres: LocalPostgres,
    dir: PathBuf,
    _place: TempDir,
}

impl Server {
    fn start() -> Server {
        let place = server_place();
        let dir = place.path().join("postgres");
        let options = server_options(dir.clone(), Durability::Durable);
        Server { postgres: block_in_place(|| LocalPostgres::start(&options).unwrap()), dir, _place: place }
    }

    /// Down and up again, with the options of before. `mode`: `fast` ends transactions and writes everything; `immediate` is
    /// a crash, after which the log is replayed.
    fn restart(&self, mode: &str) {
        let owner = std::fs::metadata(self.dir.join("data")).unwrap();
        let mut command = Command::new(self.postgres.bin_dir().join("pg_ctl"));
        command.args(["restart", "-D", "data", "-w", "-s", "-l", "server.log", "-m", mode]).current_dir(&self.dir);
        if rustix::process::geteuid().is_root() {
            command.uid(owner.uid()).gid(owner.gid());
        }
        let status = block_in_place(|| command.status().unwrap());
        assert!(status.success(), "{}", std::fs::read_to_string(self.dir.join("server.log")).unwrap());
    }

    /// A hospital before its second night, in a database of its own.
    async fn hospital(&self, name: &str) -> Hospital {
        let hospital = eventful_hospital(TestDatabase::create_on(&self.postgres, name).await, 5).await;
        tell_night(&hospital, 0);
        hospital.run_well().await;
        tell_night(&hospital, 1);
        hospital
    }
}

async fn undisturbed() -> FinalState {
    let calm = eventful_hospital(TestDatabase::create().await, 5).await;
    for night in 0..2 {
        tell_night(&calm, night);
        calm.run_well().await;
    }
    FinalState::of(&calm).await
}

/// The run after the trouble, and what must be true then.
async fn assert_heals(hospital: &Hospital, undisturbed: &FinalState, at: &str) {
    let again = hospital.run().await;
    assert_eq!((again.exit_code(), again.pending), (ExitCode::Quarantined, 0), "{at}: {:?}", again.error);
    FinalState::of(hospital).await.assert_is(undisturbed, at);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_restarts_under_a_run_costs_that_run_and_no_data() {
    let server = Server::start();
    let undisturbed = undisturbed().await;
    // Up again before the run asks for anything: a new connection would be there, but the account's lock was the old one's.
    let steps =
        ["landed", "chunk_loaded", "loaded", "committed", "confirmed", "acknowledged", "refreshed", "file_written"];
    for (number, step) in steps.into_iter().enumerate() {
        let mode = if number % 2 == 0 { "immediate" } else { "fast" };
        let at = format!("{mode} restart after {step}");
        let mut hospital = server.hospital(step).await;
        let confirmed_before = hospital.confirmed().len();
        let is_done = Mutex::new(false);
        let report = hospital
            .run_with(&|seen| {
                if seen.name() == step && !std::mem::replace(&mut *is_done.lock().unwrap(), true) {
                    server.restart(mode);
                }
                Ok(())
            })
            .await;
        assert!(*is_done.lock().unwrap(), "{at}");
        assert_eq!(report.exit_code(), ExitCode::Temporary, "{at}: {:?}", report.error);
        let is_committed = number >= 3;
        assert_eq!(report.delivery.is_some(), is_committed, "{at}");
        assert!(is_committed || hospital.confirmed().len() == confirmed_before, "{at}");
        hospital.database.reconnect().await;
        assert_heals(&hospital, &undisturbed, &at).await;
        assert_only_committed_states_were_acknowledged(&hospital, CommitTime::Begun).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_is_found_out_by_the_next_run() {
    let server = Server::start();
    let undisturbed = undisturbed().await;
    let hospital = server.hospital("commit").await;
    // From here on every COMMIT waits for a standby that is not there: it is done, and does not return.
    let waiting = "from pg_stat_activity where datname = current_database() and wait_event = 'SyncRep'";
    let end = async |application: &str| {
        let begin = Instant::now();
        let waiting = format!("{waiting} and application_name = '{application}'");
        while hospital.database.lines(&format!("select pid::text {waiting}")).await.is_empty() {
            assert!(begin.elapsed() < LIMIT, "no COMMIT waits");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let end = format!("select pg_terminate_backend(pid)::text {waiting}");
        assert_eq!(hospital.database.lines(&end).await, ["true"]);
    };
    let confirmed_before = hospital.confirmed().len();
    let lose_the_standby = async || {
        let client = &hospital.database.client;
        client.batch_execute("alter system set synchronous_standby_names = 'nobody'").await.unwrap();
        client.batch_execute("select pg_reload_conf()").await.unwrap();
        // The server has heard of it when another COMMIT waits.
        let other = connect(&format!("{}&application_name=other", hospital.database.owner_url)).await;
        let commits = tokio::spawn(async move {
            let commit = "create table if not exists public.waits (); drop table public.waits";
            while other.batch_execute(commit).await.is_ok() {}
        });
        end("other").await;
        commits.await.unwrap();
    };
    let is_lost = Mutex::new(false);
    let stop_there = |step: Step| {
        if step.name() == "loaded" {
            block_in_place(|| Handle::current().block_on(lose_the_standby()));
            *is_lost.lock().unwrap() = true;
        }
        Ok(())
    };
    let (report, ()) = tokio::join!(hospital.run_with(&stop_there), async {
        while !*is_lost.lock().unwrap() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        end("tijian").await;
    });
    assert_eq!((report.exit_code(), report.delivery), (ExitCode::Temporary, None), "{:?}", report.error);
    assert_eq!(
        hospital.confirmed().len(),
        confirmed_before,
        "nothing is acknowledged on a COMMIT that has not returned"
    );
    // It was committed all the same.
    assert_eq!(hospital.database.lines("select count(*)::text from etl.deliveries").await, ["2"]);
    let client = &hospital.database.client;
    client.batch_execute("alter system reset synchronous_standby_names").await.unwrap();
    client.batch_execute("select pg_reload_conf()").await.unwrap();
    assert_heals(&hospital, &undisturbed, "after").await;
}
