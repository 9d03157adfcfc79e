//! Nights through a real PgBouncer: session by session they are as good as straight to the server; in its other modes they are
//! refused before the pull.

use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use rustix::process::geteuid;
use tempfile::TempDir;
use tijian::local_postgres::{Durability, LocalPostgres};
use tijian::simulator::Endpoint;
use tijian::warehouse::Warehouse;
use tokio::task::block_in_place;

use crate::support::{
    Ended, Hospital, Running, TestDatabase, connect, end, record, server_options, server_place, wait_until,
};

/// Where Debian puts it, outside of an ordinary `PATH`.
const PLACES: [&str; 2] = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"];

/// What is said of every mode but one.
const REFUSAL: &str = "the connection leads through a pooler (such as PgBouncer) in transaction or statement mode";

struct PgBouncer {
    port: u16,
    _program: Running,
    _place: TempDir,
}

impl PgBouncer {
    /// Before the server of this database, as the user that may enter its socket's folder; these settings beside the usual ones.
    fn start(database: &TestDatabase, settings: &str) -> PgBouncer {
        let program = PLACES.into_iter().find(|place| std::path::Path::new(place).exists());
        let program = program.expect("this test needs PgBouncer: apt-get install --no-install-recommends pgbouncer");
        let place = server_place();
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let folder = database.socket().parent().unwrap().to_owned();
        let text = format!(
            "[databases]\n* = host={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = trust\nauth_file = {}\n{settings}\n",
            folder.display(),
            place.path().join("users.txt").display(),
        );
        std::fs::write(place.path().join("users.txt"), "\"tijian\" \"\"\n\"tijian_test_loader\" \"\"\n").unwrap();
        std::fs::write(place.path().join("pgbouncer.ini"), text).unwrap();
        let mut command = Command::new(program);
        command.arg(place.path().join("pgbouncer.ini"));
        if geteuid().is_root() {
            let owner = std::fs::metadata(&folder).unwrap();
            for name in ["users.txt", "pgbouncer.ini"] {
                chown(place.path().join(name), Some(owner.uid()), Some(owner.gid())).unwrap();
            }
            command.uid(owner.uid()).gid(owner.gid());
        }
        std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut program = Running::start(&mut command);
        wait_until("PgBouncer listens", || {
            assert_eq!(program.child().try_wait().unwrap(), None, "PgBouncer has ended");
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        PgBouncer { port, _program: program, _place: place }
    }

    /// The hospital's database through it, for its loader or for its owner.
    fn url(&self, hospital: &Hospital, is_owner: bool) -> String {
        let url = hospital.database.url_through(format!("127.0.0.1:{}", self.port));
        if is_owner { url.replace("tijian_test_loader@", "tijian@") } else { url }
    }

    /// Runs a command of the hospital's through it.
    fn run(&self, hospital: &Hospital, arguments: &[&str], is_owner: bool) -> Ended {
        let mut command = hospital.tijian();
        command.env("DATABASE_URL", self.url(hospital, is_owner)).args(arguments).stdin(Stdio::null());
        end(command)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_through_pgbouncer_is_as_good_as_any_session_by_session() {
    let hospital = Hospital::new().await;
    hospital.simulator.insert_records(vec![record("A-1", ""), record("B-1", "")]);
    let pooler = PgBouncer::start(&hospital.database, "pool_mode = session");
    let pipeline = hospital.pipeline_file.to_str().unwrap();
    block_in_place(|| {
        pooler.run(&hospital, &["migrate"], true).expect(0);
        pooler.run(&hospital, &["run", pipeline], false).expect(0);
        hospital.simulator.insert_records(vec![record("A-1", r#""orderStatus":5"#)]);
        // What a session before has set or locked is gone with it.
        pooler.run(&hospital, &["run", pipeline], false).expect(0);
        let doctor = pooler.run(&hospital, &["doctor", pipeline], false);
        assert!(doctor.stdout.contains("✔ pooler            none in transaction mode"), "{}", doctor.stdout);
    });
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pgbouncer_that_keeps_no_session_together_is_refused_before_the_pull() {
    let hospital = Hospital::new().await;
    hospital.simulator.insert_records(vec![record("A-1", "")]);
    let pipeline = hospital.pipeline_file.to_str().unwrap();
    for settings in [
        "pool_mode = transaction",
        "pool_mode = transaction\ndefault_pool_size = 1",
        "pool_mode = transaction\nserver_round_robin = 1\nmin_pool_size = 5",
        "pool_mode = statement",
        "pool_mode = statement\ndefault_pool_size = 1",
    ] {
        let pooler = PgBouncer::start(&hospital.database, settings);
        // Again and again: what it did for others before changes nothing.
        for attempt in 0..3 {
            block_in_place(|| {
                for (arguments, is_owner) in [(&["run", pipeline][..], false), (&["migrate"], true)] {
                    let refused = pooler.run(&hospital, arguments, is_owner).expect(1);
                    assert_eq!(refused.stderr.matches(REFUSAL).count(), 1, "{settings} {attempt}: {}", refused.stderr);
                    assert!(refused.stderr.contains("pool_mode = session"), "{}", refused.stderr);
                }
                let doctor = pooler.run(&hospital, &["doctor", pipeline], false).expect(1);
                assert!(doctor.stdout.contains(REFUSAL), "{settings} {attempt}: {}", doctor.stdout);
            });
            let warehouse = Warehouse::connect(&pooler.url(&hospital, true)).await.unwrap();
            let refused = warehouse.lock_site_key().await.err().expect("no lock holds there").to_string();
            assert!(refused.starts_with(REFUSAL), "{settings} {attempt}: {refused}");
        }
    }
    // (Doctor asks for a token.)
    assert_eq!(hospital.calls(Endpoint::Order), 0);
    assert_eq!(hospital.database.lines("select account from etl.runs").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pgbouncer_with_a_single_connection_is_told_how_many_are_needed() {
    let hospital = Hospital::new().await;
    let pooler =
        PgBouncer::start(&hospital.database, "pool_mode = session\ndefault_pool_size = 1\nquery_wait_timeout = 2");
    let pipeline = hospital.pipeline_file.to_str().unwrap();
    let ended = block_in_place(|| pooler.run(&hospital, &["run", pipeline], false).expect(75));
    for part in ["cannot get a second connection to PostgreSQL", "query_wait_timeout", "a command needs 2 connections"]
    {
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
    }
    assert_eq!(hospital.calls(Endpoint::Token), 0);
}

/// PgBouncer has one SQLSTATE for all of it. What passes is repeated (75), what does not is told as such.
#[tokio::test(flavor = "multi_thread")]
async fn what_pgbouncer_refuses_ends_as_what_it_is() {
    let hospital = Hospital::new().await;
    let pooler = PgBouncer::start(&hospital.database, "max_client_conn = 3\nclient_login_timeout = 2");
    let url = |login: &str, database: &str| format!("postgresql://{login}@127.0.0.1:{}/{database}", pooler.port);
    let name = hospital.database.name();
    let status = |url: &str| {
        let mut command = hospital.tijian();
        command.env("DATABASE_URL", url).arg("status").stdin(Stdio::null());
        block_in_place(|| end(command))
    };
    for (url, says, what_to_do) in [
        (url("tijian", "absent"), "database \"absent\" does not exist", "check DATABASE_URL"),
        (url("nobody", &name), "authentication failed", "check DATABASE_URL"),
        (
            url("tijian", &format!("{name}?options=-c%20geqo=off")),
            "unsupported startup parameter: options",
            "ignore_startup_parameters",
        ),
    ] {
        let ended = status(&url).expect(1);
        for part in [says, what_to_do] {
            assert!(ended.stderr.contains(part), "{}", ended.stderr);
        }
    }
    status(&url("tijian", &name)).expect(0);
    // Others have all connections that it lets in.
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(connect(&url("tijian", &name)).await);
    }
    let ended = status(&url("tijian", &name)).expect(75);
    for part in ["no more connections allowed (max_client_conn)", "needs 2 connections", "max_client_conn, or start"] {
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
    }
    drop(others);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_behind_pgbouncer_costs_one_run() {
    let place = server_place();
    let options = server_options(place.path().join("postgres"), Durability::Durable);
    let server = block_in_place(|| LocalPostgres::start(&options).unwrap());
    let database = TestDatabase::create_on(&server, "behind").await;
    let hospital = Hospital::of(database, "demo", Default::default()).await;
    let settings = "client_login_timeout = 2\nquery_wait_timeout = 2\nserver_login_retry = 1";
    let pooler = PgBouncer::start(&hospital.database, settings);
    let run = ["run", hospital.pipeline_file.to_str().unwrap()];
    block_in_place(|| pooler.run(&hospital, &run, false).expect(0));
    drop(server);
    for _ in 0..2 {
        let ended = block_in_place(|| pooler.run(&hospital, &run, false).expect(75));
        assert!(ended.stderr.contains("cannot get a connection to PostgreSQL"), "{}", ended.stderr);
    }
    let _server = block_in_place(|| LocalPostgres::start(&options).unwrap());
    wait_until("PgBouncer asks the server again", || pooler.run(&hospital, &run, false).code == 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_take_turns_where_pgbouncer_serves_few_sessions() {
    // A refusal after its own patience, and none before ours is over. Ours is spent once: at each export, it would be more than
    // a command gets here.
    for settings in [
        "default_pool_size = 2\nquery_wait_timeout = 1",
        "default_pool_size = 3\nquery_wait_timeout = 1",
        "default_pool_size = 2",
        "max_client_conn = 2",
    ] {
        let mut first = Hospital::new().await;
        let folder = first.dir.path().join("daily");
        let export =
            format!("[[export]]\nkind = \"daily_volumes\"\nformat = \"parquet\"\ndir = \"{}\"\n", folder.display());
        first.redefine(|text| format!("{text}\n{export}"));
        first.simulator.insert_records(vec![record("A-1", "")]);
        let second = Hospital::of(first.database.share().await, "second", Default::default()).await;
        second.simulator.insert_records(vec![record("B-1", "")]);
        let pooler = PgBouncer::start(&first.database, &format!("pool_mode = session\n{settings}"));
        let (one, other) = (first.pipeline_file.to_str().unwrap(), second.pipeline_file.to_str().unwrap());
        block_in_place(|| pooler.run(&first, &["run", "--accounts-at-once", "2", one, other], false).expect(0));
        assert_eq!(first.simulator.unacknowledged() + second.simulator.unacknowledged(), 0, "{settings}");
        first.database.assert_sound().await;
    }
}
