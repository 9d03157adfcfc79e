//! The way to the database: what `DATABASE_URL` and libpq's variables say, and what is said where it leads nowhere.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use tempfile::TempDir;
use tijian::local_postgres::{Durability, LocalPostgres};
use tijian::simulator::{Endpoint, GeneratorOptions};
use tokio::task::block_in_place;

use crate::rotation::{NEW_TEXT, OLD_TEXT};
use crate::support::{
    Ended, Hospital, TestDatabase, assert_snapshot, create_login, end, execute, record, server, server_options,
    server_place, start_misquoting, start_refusing, tijian, url_of,
};

const PASSWORD: &str = "marker @#/?% of a secret";

/// `tijian status` with these variables and no others of its own.
fn status(dir: &Path, variables: &[(&str, &str)]) -> Ended {
    let mut command = tijian(dir);
    command.env("HOME", dir).envs(variables.iter().copied()).arg("status");
    let ended = end(command);
    assert!(!format!("{ended:?}").contains("marker"), "{ended:?}");
    ended
}

/// Invariant: No explanation contains a delivered value, and no `Debug` a secret.
#[test]
fn a_password_that_is_not_encoded_is_an_error_of_the_setting_and_is_not_shown() {
    let dir = tempfile::tempdir().unwrap();
    for sign in ["@", "#", "/", "?", "%", " "] {
        for password in
            [format!("marker{sign}1"), format!("{sign}marker"), format!("1{sign}marker=1"), format!("marker{sign}")]
        {
            for place in ["127.0.0.1:1/tijian", "127.0.0.1:1", "127.0.0.1:1/tijian?sslmode=disable"] {
                let url = format!("postgresql://nightly:{password}@{place}");
                let ended = status(dir.path(), &[("DATABASE_URL", &url)]).expect(2);
                for part in ["DATABASE_URL cannot be used", "percent-encoded", "@ as %40", "# as %23"] {
                    assert!(ended.stderr.contains(part), "{url}: {}", ended.stderr);
                }
            }
        }
    }
}

#[test]
fn a_variable_that_would_be_ignored_is_an_error_of_the_setting() {
    let dir = tempfile::tempdir().unwrap();
    let mut said = String::new();
    for variables in [
        &[("DATABASE_URL", "postgresql://u@127.0.0.1:1/d"), ("PGSSLCERT", "/marker")][..],
        &[("PGHOST", "127.0.0.1"), ("PGREQUIREAUTH", "marker")],
        &[("PGHOST", "127.0.0.1"), ("PGGSSENCMODE", "require")],
        &[("PGSERVICE", "marker")],
        &[("PGHOST", "127.0.0.1"), ("PGPORT", "marker")],
        &[("PGHOST", "nightly:marker@127.0.0.1")],
        &[("PGDATABASE", "postgresql://nightly:marker@127.0.0.1/tijian")],
        &[("DATABASE_URL", "postgresql://u@db.invalid/d"), ("PGSSLROOTCERT", "/absent")],
        &[("DATABASE_URL", "postgresql://u@db.invalid/d"), ("PGSSLMODE", "marker")],
        &[("DATABASE_URL", "postgresql://u@a,b/d"), ("PGPORT", "1,2,3")],
        &[("PGDATABASE", "tijian"), ("TIJIAN_PRIVATE_SERVER", "1")],
        &[("PGUSER", "nightly"), ("PGPASSWORD", "marker"), ("PGSSLMODE", "verify-full")],
    ] {
        let ended = status(dir.path(), variables).expect(2);
        said.push_str(&format!(
            "# {}\n{}",
            variables.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "),
            ended.stderr
        ));
    }
    assert_snapshot("libpq-variables-refused", &said, &[]);
}

/// A server that asks the login `asked` for a password, on its socket.
async fn server_that_asks() -> (LocalPostgres, TempDir, TestDatabase) {
    let place = server_place();
    let options = server_options(place.path().join("postgres"), Durability::Durable);
    let server = block_in_place(|| LocalPostgres::start(&options).unwrap());
    let database = TestDatabase::create_on(&server, "asked").await;
    let role = format!(
        "set password_encryption = 'scram-sha-256'; create role asked login password '{PASSWORD}' in role tijian_loader"
    );
    execute(&server, &role).await;
    let access = place.path().join("postgres/data/pg_hba.conf");
    let owner = std::fs::metadata(&access).unwrap();
    std::fs::write(&access, "local all asked scram-sha-256\nlocal all all trust\n").unwrap();
    chown(&access, Some(owner.uid()), Some(owner.gid())).unwrap();
    execute(&server, "select pg_reload_conf()").await;
    (server, place, database)
}

#[tokio::test(flavor = "multi_thread")]
async fn nights_go_by_libpqs_variables_and_its_password_file_alone() {
    let (server, place, database) = server_that_asks().await;
    let hospital = Hospital::of(database, "demo", Default::default()).await;
    hospital.simulator.insert_records(vec![record("A-1", "")]);
    let socket = hospital.database.socket().parent().unwrap().display().to_string();
    let address = [("PGHOST", socket.as_str()), ("PGDATABASE", "asked"), ("PGUSER", "asked")];
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join(".pgpass");
    std::fs::write(&file, format!("*:*:other:*:x\n{socket}:5432:asked:asked:{PASSWORD}\n")).unwrap();
    let allow = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    let night = |variables: &[(&str, &str)]| {
        let mut command = hospital.tijian();
        command.env_remove("DATABASE_URL").envs(address).env("HOME", home.path()).envs(variables.iter().copied());
        let ended = end({
            command.arg("run").arg(&hospital.pipeline_file);
            command
        });
        assert!(!format!("{ended:?}").contains("marker"), "{ended:?}");
        ended
    };
    block_in_place(|| {
        // Others may read it: as with libpq, nothing of it is used, and that is said.
        allow(0o640);
        let refused = night(&[]).expect(2);
        assert!(refused.stderr.contains("others than its owner may use it: chmod 0600"), "{}", refused.stderr);
        assert!(refused.stderr.contains("set PGPASSWORD"), "{}", refused.stderr);
        assert_eq!(hospital.calls(Endpoint::Token), 0);
        night(&[("PGPASSWORD", PASSWORD)]).expect(0);
        allow(0o600);
        hospital.simulator.advance_night();
        night(&[]).expect(0);
        // A URL says where, the file with which password; and what the URL says comes first.
        let url = format!("postgresql://asked@/asked?host={socket}");
        night(&[("DATABASE_URL", &url), ("PGHOST", "absent.invalid"), ("PGUSER", "nobody")]).expect(0);
        let absent = night(&[("PGPASSFILE", "/absent")]).expect(2);
        let says = "the password file /absent (PGPASSFILE) is not used: there is none";
        assert!(absent.stderr.contains(says), "{}", absent.stderr);
        night(&[("PGPASSWORD", "marker of another")]).expect(1);
    });
    hospital.database.assert_sound().await;
    drop((hospital, server, place));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_fails_names_host_port_database_and_login() {
    let (server, place, database) = server_that_asks().await;
    let dir = tempfile::tempdir().unwrap();
    let socket = database.socket().parent().unwrap().display().to_string();
    let on_socket = |login: &str, name: &str| format!("postgresql://{login}@/{name}?host={socket}");
    let mut said = String::new();
    block_in_place(|| {
        for (what, url, code) in [
            ("nobody listens", "postgresql://nightly:marker@127.0.0.1:1/tijian".to_owned(), 75),
            ("no such host", "postgresql://nightly:marker@absent.invalid/tijian?sslmode=disable".to_owned(), 75),
            ("no such database", on_socket("tijian", "absent"), 1),
            ("no such login", on_socket("nobody", "asked"), 1),
            ("a wrong password", on_socket("asked:marker", "asked"), 1),
            ("no password", on_socket("asked", "asked"), 2),
        ] {
            let ended = status(dir.path(), &[("DATABASE_URL", &url)]).expect(code);
            said.push_str(&format!("# {what}\n{}", ended.stderr));
        }
    });
    let resolver = (r"failed to lookup address information: .*", "failed to lookup address information: <why>");
    assert_snapshot("connections-refused", &said, &[resolver]);
    drop((database, server, place));
}

/// Somebody who takes every connection and says nothing: such as a stopped postmaster, or a forwarder before a dead server.
fn silent() -> (std::net::TcpListener, u16) {
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = silent.local_addr().unwrap().port();
    (silent, port)
}

/// Also where TLS is asked for first.
#[test]
fn who_takes_the_connection_and_says_nothing_is_waited_for_no_longer_than_connect_timeout_allows() {
    let dir = tempfile::tempdir().unwrap();
    let (_silent, port) = silent();
    for mode in ["disable", "require"] {
        let url = format!("postgresql://nightly:marker@127.0.0.1:{port}/tijian?connect_timeout=1&sslmode={mode}");
        let begun = std::time::Instant::now();
        let ended = status(dir.path(), &[("DATABASE_URL", &url)]).expect(75);
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{mode}: {:?}", begun.elapsed());
        for part in [&format!("host 127.0.0.1, port {port}, login nightly"), "no answer in time"] {
            assert!(ended.stderr.contains(part), "{}", ended.stderr);
        }
    }
}

/// Each server of a list has its own share of the time, and all that follows goes to the one that answered.
#[tokio::test(flavor = "multi_thread")]
async fn of_several_servers_the_first_one_that_answers_is_used() {
    let hospital = Hospital::new().await;
    hospital.simulator.insert_records(vec![record("A-1", "")]);
    let dir = tempfile::tempdir().unwrap();
    let (database, folder) = (hospital.database.name(), hospital.database.socket().parent().unwrap().to_owned());
    let live = folder.display().to_string().replace('/', "%2F");
    let (_first, one) = silent();
    let (_second, other) = silent();
    let starting = start_refusing("57P03", "the database system is starting up").port();
    let url = |hosts: &str| format!("postgresql://tijian@{hosts}/{database}?connect_timeout=1&sslmode=disable");
    for (hosts, passed_over) in [
        (live.clone(), &[][..]),
        (format!("127.0.0.1:{one},{live}"), &[one]),
        (format!("127.0.0.1:{one},127.0.0.1:{other},{live}"), &[one, other]),
        (format!("127.0.0.1:1,127.0.0.1:{one},{live},127.0.0.1:{other}"), &[1, one]),
        (format!("127.0.0.1:{starting},{live}"), &[starting]),
        (format!("absent.invalid,{live}"), &[5432]),
    ] {
        let url = url(&hosts);
        let ended = block_in_place(|| status(dir.path(), &[("DATABASE_URL", &url)]).expect(0));
        assert_eq!(ended.stderr.matches("trying the next server").count(), passed_over.len(), "{}", ended.stderr);
        for port in passed_over {
            assert!(ended.stderr.contains(&format!(", port {port}, login tijian)")), "{}", ended.stderr);
        }
    }
    // Who speaks no TLS is not who was asked for. The socket behind him stays plain, whatever is said.
    let untrusted = start_misquoting(hospital.database.socket(), "?", "!").port();
    let url_of_tls = url(&format!("127.0.0.1:{untrusted},{live}")).replace("=disable", "=require");
    let ended = block_in_place(|| status(dir.path(), &[("DATABASE_URL", &url_of_tls)]).expect(0));
    assert!(ended.stderr.contains("does not support TLS: trying the next server"), "{}", ended.stderr);
    // A whole night waits for the silent one once, and not for each of its connections.
    let url_of_night = url(&format!("127.0.0.1:{one},{live}"));
    let run = ["run", hospital.pipeline_file.to_str().unwrap()];
    let ended = block_in_place(|| command_by(&url_of_night, &hospital, &run).expect(0));
    assert_eq!(ended.stderr.matches("trying the next server").count(), 1, "{}", ended.stderr);
    hospital.database.assert_sound().await;
    // Where none answers, the last one is named.
    let url_of_none = url(&format!("127.0.0.1:{one},127.0.0.1:{other}"));
    let ended = block_in_place(|| status(dir.path(), &[("DATABASE_URL", &url_of_none)]).expect(75));
    let named = format!("host 127.0.0.1, port {other}, login tijian): no answer in time");
    assert!(ended.stderr.contains(&named), "{}", ended.stderr);
    // Who answers, and refuses for good, is the one that was meant.
    for (refusing, code, says) in [
        (url(&format!("{live},127.0.0.1:1")).replace(&database, "absent"), 1, "database \"absent\" does not exist"),
        (url(&format!("127.0.0.1:{},127.0.0.1:1", start_refusing("28000", "no").port())), 1, "because: FATAL: no"),
        (url(&format!("127.0.0.1:{},{live}", start_refusing("53300", "too many").port())), 75, "FATAL: too many"),
    ] {
        let ended = block_in_place(|| status(dir.path(), &[("DATABASE_URL", &refusing)]).expect(code));
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
        assert!(!ended.stderr.contains("trying the next server"), "{}", ended.stderr);
    }
}

/// The hospital's database for a login that gets so many connections at a time.
pub async fn limited(hospital: &Hospital, connections: u32) -> String {
    let login = format!("limited_{}", hospital.database.name());
    create_login(server(), &login, "tijian_loader").await;
    execute(server(), &format!("alter role {login} connection limit {connections}")).await;
    url_of(&hospital.database.owner_url, &login)
}

/// A command of the hospital's, on another way to its database.
fn command_by(url: &str, hospital: &Hospital, arguments: &[&str]) -> Ended {
    let mut command = hospital.tijian();
    command.env("DATABASE_URL", url).args(arguments);
    end(command)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_connections_are_enough_for_all_that_a_login_does_at_night() {
    let generator = GeneratorOptions { reservations: 200, ..Default::default() };
    let mut first = Hospital::with_reservations(generator).await;
    // Files of every kind, which are made side by side where there is room.
    crate::exports::add_export(&mut first, "daily_volumes", "mart/daily_volumes", "");
    let url = limited(&first, 2).await;
    let second = Hospital::of(first.database.share().await, "second", Default::default()).await;
    second.simulator.insert_records(vec![record("B-1", ""), record("BAD-1", r#""checkDate":"2026-02-30""#)]);
    let (one, other) = (first.pipeline_file.to_str().unwrap(), second.pipeline_file.to_str().unwrap());
    let run = || command_by(&url, &first, &["run", "--accounts-at-once", "2", one, other]);
    block_in_place(|| {
        run().expect(3);
        first.simulator.advance_night();
        run().expect(3);
        let doctor = command_by(&url, &first, &["doctor", other]);
        assert!(doctor.stdout.contains("✔ pooler            none in transaction mode"), "{}", doctor.stdout);
        for (arguments, code) in [
            (&["status"][..], 0),
            (&["audit"], 0),
            (&["report", "--out", "page.html"], 0),
            (&["quarantine", "list"], 0),
            (&["quarantine", "retry", other], 3),
            (&["export", other], 0),
            (&["retain", other], 0),
            (&["recover", other], 0),
            (&["adopt", other], 0),
            (&["arrive", other, "--serial-number", "B-1"], 0),
        ] {
            let ended = command_by(&url, &first, arguments);
            assert_eq!(ended.code, code, "{arguments:?}\n{}\n{}", ended.stdout, ended.stderr);
        }
    });
    assert_eq!(first.simulator.unacknowledged(), 0);
    first.database.assert_sound().await;
}

/// What the owner of a warehouse does, as a login that is nobody else and gets so many connections at a time.
#[tokio::test(flavor = "multi_thread")]
async fn two_connections_are_enough_for_the_owner_and_with_one_no_command_hangs() {
    let hospital = Hospital::of(TestDatabase::create_empty().await, "demo", Default::default()).await;
    hospital.simulator.insert_records(vec![record("A-1", ""), record("BAD-1", r#""checkDate":"2026-02-30""#)]);
    let name = hospital.database.name();
    let owner = format!("owner_{name}");
    execute(server(), &format!("create role {owner} login connection limit 2 createrole")).await;
    execute(server(), &format!("alter database {name} owner to {owner}")).await;
    let url = url_of(&hospital.database.owner_url, &owner);
    let pipeline = hospital.pipeline_file.to_str().unwrap();
    // How each ends with two connections, and with one.
    let commands = [
        (&["migrate"][..], 0, 75),
        (&["run", pipeline], 3, 75),
        (&["replay", pipeline], 0, 75),
        (&["replay", pipeline, "--swap"], 0, 75),
        (&["docs", "--out", "docs.html"], 0, 0),
        (&["quarantine", "retry", pipeline], 3, 75),
        (&["status"], 0, 0),
        (&["audit"], 0, 0),
        (&["report", "--out", "page.html"], 0, 0),
        (&["export", pipeline], 0, 75),
        (&["retain", pipeline], 0, 75),
        (&["recover", pipeline], 0, 75),
        (&["adopt", pipeline], 0, 75),
        (&["arrive", pipeline, "--serial-number", "A-1"], 0, 75),
    ];
    for (arguments, code, _) in commands {
        let ended = block_in_place(|| command_by(&url, &hospital, arguments));
        assert_eq!(ended.code, code, "{arguments:?}\n{}\n{}", ended.stdout, ended.stderr);
    }
    execute(server(), &format!("alter role {owner} connection limit 1")).await;
    for (arguments, _, code) in commands {
        let ended = block_in_place(|| command_by(&url, &hospital, arguments));
        assert_eq!(ended.code, code, "{arguments:?}\n{}\n{}", ended.stdout, ended.stderr);
        assert_eq!(ended.stderr.contains("needs 2 connections"), code == 75, "{arguments:?}\n{}", ended.stderr);
    }
    let rotate = || {
        let mut command = hospital.tijian();
        command.env("DATABASE_URL", &url).env("TIJIAN_SITE_KEY", NEW_TEXT).env("TIJIAN_SITE_KEY_PREVIOUS", OLD_TEXT);
        command.args(["rotate-key", pipeline]);
        block_in_place(|| end(command))
    };
    rotate().expect(75);
    execute(server(), &format!("alter role {owner} connection limit 2")).await;
    rotate().expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_single_connection_nothing_is_pulled_and_the_number_is_told() {
    let hospital = Hospital::new().await;
    hospital.simulator.insert_records(vec![record("A-1", "")]);
    let run = ["run", hospital.pipeline_file.to_str().unwrap()];
    let url = limited(&hospital, 1).await;
    let ended = block_in_place(|| command_by(&url, &hospital, &run).expect(75));
    for part in ["cannot get a second connection to PostgreSQL", "too many connections for role", "needs 2 connections"]
    {
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
    }
    assert_eq!(hospital.calls(Endpoint::Token) + hospital.calls(Endpoint::Order), 0);
    // Not even the first one.
    let url = limited(&hospital, 0).await;
    let ended = block_in_place(|| command_by(&url, &hospital, &run).expect(75));
    for part in
        ["cannot get a connection to PostgreSQL (database ", ", host ", ", login limited_", "needs 2 connections"]
    {
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
    }
    assert_eq!(hospital.calls(Endpoint::Token), 0);
}
