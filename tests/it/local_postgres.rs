//! The private PostgreSQL server, with real server programs: starting, sharing, stopping, and being killed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tijian::local_postgres::{Durability, FetchPolicy, LocalPostgres, LocalPostgresError, LocalPostgresOptions};
use tokio_postgres::{Client, NoTls};

use crate::support::{server_place, wait_until};

/// Far less than the patience with which a start waits for a server that gives no answer.
const LIMIT: Duration = Duration::from_secs(60);

#[expect(clippy::disallowed_methods, reason = "the machine's server programs, as the settings would find them")]
fn options(dir: PathBuf, durability: Durability) -> LocalPostgresOptions {
    // Without a server on this machine the first test fetches one.
    let _ = tracing_subscriber::fmt().with_env_filter("off,tijian::local_postgres=info").with_test_writer().try_init();
    LocalPostgresOptions {
        dir,
        binaries_dir: Path::new(env!("CARGO_TARGET_TMPDIR")).join("postgres-binaries"),
        bin_dir: std::env::var_os("PG_BIN_DIR").map(PathBuf::from),
        search_path: std::env::var_os("PATH"),
        fetch: FetchPolicy::Fetch,
        tell: |_| (),
        tcp_port: None,
        durability,
    }
}

fn durable(place: &TempDir) -> LocalPostgresOptions {
    options(place.path().join("postgres"), Durability::Durable)
}

/// For tests that do not need the folder after the stop.
fn disposable(place: &TempDir) -> LocalPostgresOptions {
    options(place.path().join("postgres"), Durability::Disposable)
}

async fn connect(server: &LocalPostgres) -> Client {
    let (client, connection) = tokio_postgres::connect(&server.url(), NoTls).await.expect("the server answers");
    tokio::spawn(connection);
    client
}

fn is_down(dir: &Path) -> bool {
    !dir.join("data/postmaster.pid").exists()
}

/// Another process that uses the server, as far as the server's guard can tell: it holds the lock that every user holds.
fn other_user_of(dir: &Path) -> Child {
    let mut other = Command::new("flock")
        .arg("--shared")
        .arg(dir.join("users.lock"))
        .args(["sh", "-c", "echo in; exec cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = [0; 3];
    std::io::Read::read_exact(other.stdout.as_mut().unwrap(), &mut said).unwrap();
    assert_eq!(&said, b"in\n");
    other
}

#[tokio::test]
async fn first_start_makes_a_database_for_many_connections() {
    let place = server_place();
    let server = LocalPostgres::start(&durable(&place)).unwrap();
    assert!(server.is_owner());
    let mut clients = Vec::new();
    for _ in 0..20 {
        clients.push(connect(&server).await);
    }
    for (setting, value) in [
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("lc_collate", "C"),
        ("TimeZone", "UTC"),
        ("jit", "off"),
        ("data_checksums", "on"),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("log_error_verbosity", "terse"),
    ] {
        // From the catalogue where the setting has moved there (PostgreSQL 16).
        let query = match setting {
            "lc_collate" => {
                "select datcollate::text from pg_catalog.pg_database where datname = current_database()".to_owned()
            }
            setting => format!("select current_setting('{setting}')"),
        };
        let row = clients[0].query_one(&query, &[]).await.unwrap();
        assert_eq!(row.get::<_, String>(0), value, "{setting}");
    }
    let row = clients[0].query_one("select current_database()::text, current_user::text", &[]).await.unwrap();
    assert_eq!((row.get(0), row.get(1)), ("tijian", "tijian"));
    server.stop().unwrap();
}

/// Invariant: The private server ends with the last process that uses it, and lets nobody else in.
#[tokio::test]
async fn nobody_else_may_enter_the_folder() {
    let place = server_place();
    let server = LocalPostgres::start(&disposable(&place)).unwrap();
    let dir = place.path().join("postgres");
    for path in ["", "data", "socket", "server.log", "socket/.s.PGSQL.5432"] {
        let mode = fs::metadata(dir.join(path)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{path:?} has mode {mode:o}");
    }
    server.stop().unwrap();
}

#[tokio::test]
async fn what_was_committed_is_there_after_a_stop_and_a_new_start() {
    let place = server_place();
    let server = LocalPostgres::start(&durable(&place)).unwrap();
    connect(&server).await.batch_execute("create table kept as select 42 as number").await.unwrap();
    server.stop().unwrap();
    assert!(is_down(&place.path().join("postgres")));

    let server = LocalPostgres::start(&durable(&place)).unwrap();
    let row = connect(&server).await.query_one("select number from kept", &[]).await.unwrap();
    assert_eq!(row.get::<_, i32>(0), 42);
    server.stop().unwrap();
}

#[tokio::test]
async fn second_user_joins_and_the_last_to_leave_stops_the_server() {
    let place = server_place();
    let first = LocalPostgres::start(&disposable(&place)).unwrap();
    let second = LocalPostgres::start(&disposable(&place)).unwrap();
    assert!(first.is_owner() && !second.is_owner());
    assert_eq!(first.url(), second.url());

    first.stop().unwrap();
    let client = connect(&second).await;
    client.batch_execute("select 1").await.unwrap();

    second.stop().unwrap();
    assert!(is_down(&place.path().join("postgres")));
    assert!(client.batch_execute("select 1").await.is_err());
}

#[test]
fn many_starts_at_once_share_one_server() {
    let place = server_place();
    let options = disposable(&place);
    let servers: Vec<LocalPostgres> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..6).map(|_| scope.spawn(|| LocalPostgres::start(&options).unwrap())).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    assert_eq!(servers.iter().filter(|server| server.is_owner()).count(), 1);
    drop(servers);
    assert!(is_down(&options.dir));
}

/// Invariant: The private server ends with the last process that uses it, and lets nobody else in.
/// Held by: a guard process and file locks; a socket in a folder of mode 0700.
#[tokio::test]
async fn server_stops_when_its_last_user_is_killed() {
    let place = server_place();
    let options = disposable(&place);
    let server = LocalPostgres::start(&options).unwrap();
    let mut other = other_user_of(&options.dir);
    let url = server.url();
    server.stop().unwrap();
    let _connection = tokio_postgres::connect(&url, NoTls).await.expect("still up for the other user");

    other.kill().unwrap();
    drop(other.stdin.take());
    other.wait().unwrap();
    let is_empty = || fs::read_dir(&options.dir).map_or(true, |mut entries| entries.next().is_none());
    wait_until("the guard stops the server and tidies up", is_empty);
}

#[tokio::test]
async fn killed_server_recovers_over_its_stale_socket_and_pid_file() {
    let place = server_place();
    let options = durable(&place);
    let server = LocalPostgres::start(&options).unwrap();
    connect(&server).await.batch_execute("create table kept as select 42 as number").await.unwrap();
    let pid_file = fs::read_to_string(options.dir.join("data/postmaster.pid")).unwrap();
    let pid = pid_file.lines().next().unwrap();
    assert!(Command::new("kill").args(["-KILL", pid]).status().unwrap().success());
    wait_until("the server is dead", || !Path::new("/proc").join(pid).exists());
    assert!(!is_down(&options.dir), "the pid file is still there");

    let again = LocalPostgres::start(&options).unwrap();
    assert!(again.is_owner());
    let row = connect(&again).await.query_one("select number from kept", &[]).await.unwrap();
    assert_eq!(row.get::<_, i32>(0), 42);
    drop(server);
    connect(&again).await;
    again.stop().unwrap();
}

#[tokio::test]
async fn half_made_folder_is_made_anew() {
    let place = server_place();
    let options = durable(&place);
    LocalPostgres::start(&options).unwrap().stop().unwrap();
    fs::rename(options.dir.join("data"), options.dir.join("data.new")).unwrap();
    fs::remove_file(options.dir.join("data.new/PG_VERSION")).unwrap();

    let server = LocalPostgres::start(&options).unwrap();
    connect(&server).await;
    assert!(!options.dir.join("data.new").exists());
    server.stop().unwrap();
}

#[tokio::test]
async fn long_or_odd_folder_name_gets_a_short_socket_path() {
    for name in ["long".repeat(40), "it's \"odd\", $HOME; 体检".to_owned()] {
        let place = server_place();
        let options = options(place.path().join(name), Durability::Disposable);
        let server = LocalPostgres::start(&options).unwrap();
        assert!(server.url().contains("?host=/tmp/tijian-"), "{}", server.url());
        connect(&server).await;
        server.stop().unwrap();
    }
}

#[tokio::test]
async fn disposable_server_leaves_nothing_behind() {
    let place = server_place();
    let options = disposable(&place);
    let server = LocalPostgres::start(&options).unwrap();
    connect(&server).await;
    server.stop().unwrap();
    assert!(!options.dir.exists());
}

#[test]
fn folder_made_by_another_major_version_is_refused_with_both_versions() {
    let place = server_place();
    let options = durable(&place);
    LocalPostgres::start(&options).unwrap().stop().unwrap();
    fs::write(options.dir.join("data/PG_VERSION"), "12\n").unwrap();

    let error = LocalPostgres::start(&options).unwrap_err();
    assert!(matches!(&error, LocalPostgresError::OtherVersion { made_by: 12, .. }), "{error:?}");
    assert!(error.to_string().contains("install PostgreSQL 12"), "{error}");
}

#[test]
fn server_that_does_not_come_up_is_reported_with_its_log() {
    let place = server_place();
    let options = durable(&place);
    LocalPostgres::start(&options).unwrap().stop().unwrap();
    fs::write(options.dir.join("data/postgresql.conf"), "no_such_setting = 1\n").unwrap();

    let begin = Instant::now();
    let error = LocalPostgres::start(&options).unwrap_err();
    let LocalPostgresError::ServerFailed { operation: "started", log, .. } = &error else { panic!("{error:?}") };
    assert!(fs::read_to_string(log).unwrap().contains("no_such_setting"));
    assert!(begin.elapsed() < LIMIT);
}

#[test]
fn folder_without_server_programs_in_pg_bin_dir_is_refused() {
    let place = server_place();
    let mut options = durable(&place);
    options.bin_dir = Some(place.path().to_owned());
    let error = LocalPostgres::start(&options).unwrap_err();
    assert!(matches!(error, LocalPostgresError::UnusableBinDir { .. }), "{error:?}");
}
