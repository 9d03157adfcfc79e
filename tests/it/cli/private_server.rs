//! The private PostgreSQL server under the commands: up while somebody uses it, gone afterwards, whatever happens.

use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::path::Path;

use rustix::process::Signal;
use tijian::simulator::{Endpoint, Fault, GeneratorOptions};
use tokio_postgres::NoTls;

use crate::support::{
    Hospital, Running, end, run_in, server_place, tijian, wait_until, with_private_server, with_server_programs,
};

/// PostgreSQL's own sign that it runs in this data folder.
fn is_up(data_dir: &Path) -> bool {
    data_dir.join("postgres/data/postmaster.pid").exists()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_served_database_can_be_used_from_elsewhere_and_ends_with_its_command() {
    let place = server_place();
    let data_dir = place.path().join("data");
    let mut command = tijian(place.path());
    let mut serve = Running::start(with_server_programs(&mut command).args(["db", "serve"]));
    let mut url = String::new();
    BufReader::new(serve.child().stdout.take().unwrap()).read_line(&mut url).unwrap();
    let (client, connection) = tokio_postgres::connect(url.trim_end(), NoTls).await.expect("the printed address works");
    tokio::spawn(connection);
    client.batch_execute("create table seen as select 42 as number").await.unwrap();

    let mut psql = tijian(place.path());
    // Of another server; psql would go by them.
    psql.envs([("PGPORT", "1"), ("PGSSLMODE", "verify-full"), ("PGOPTIONS", "-c search_path=nowhere")]);
    with_server_programs(&mut psql).args(["db", "psql", "--", "-XAtc", "select number from seen"]);
    assert_eq!(end(psql).expect(0).stdout, "42\n");
    let mut psql = tijian(place.path());
    with_server_programs(&mut psql).args(["db", "psql", "--", "-Xc", "select nonsense"]);
    assert!(end(psql).expect(1).stderr.contains("nonsense"));
    assert!(is_up(&data_dir), "others still use it");

    serve.send(Signal::TERM);
    let ended = serve.end().expect(0);
    assert!(!is_up(&data_dir), "{}", ended.stderr);
    assert!(tokio_postgres::connect(url.trim_end(), NoTls).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_leaves_no_server_behind_and_the_next_one_completes() {
    let hospital = Hospital::with_reservations(GeneratorOptions { reservations: 20, ..Default::default() }).await;
    let place = server_place();
    let data_dir = place.path().join("data");
    let run = || {
        let mut command = hospital.tijian();
        with_private_server(&mut command).args(["run", "--data-dir"]).arg(&data_dir);
        command.arg(&hospital.pipeline_file);
        command
    };
    hospital.simulator.arm(Endpoint::Order, Fault::Hang, 1);
    let mut running = Running::start(&mut run());
    wait_until("the run pulls", || hospital.simulator.log().iter().any(|entry| entry.endpoint == Endpoint::Order));
    assert!(is_up(&data_dir));
    running.child().kill().unwrap();
    wait_until("the server is stopped by its guard", || !is_up(&data_dir));
    drop(running);

    let ended = end(run()).expect(0);
    assert!(ended.stdout.contains("good"), "{}", ended.stdout);
    wait_until("the server is stopped at the end", || !is_up(&data_dir));
    assert_eq!(hospital.simulator.unacknowledged(), 0);
}

/// A private server is stopped before autovacuum wakes.
#[tokio::test(flavor = "multi_thread")]
async fn a_night_vacuums_what_is_due_and_nothing_else() {
    let options = GeneratorOptions { reservations: 300, changes: 0.5, ..Default::default() };
    let hospital = Hospital::with_reservations(options).await;
    let place = server_place();
    let data_dir = place.path().join("data");
    let night = || {
        let mut command = hospital.tijian();
        with_private_server(&mut command).args(["run", "--data-dir"]).arg(&data_dir).arg(&hospital.pipeline_file);
        end(command).expect(0);
        let mut psql = hospital.tijian();
        let vacuums = "select vacuum_count, analyze_count = vacuum_count, reltuples >= 300
            from pg_stat_user_tables inner join pg_class on oid = relid
            where relid = 'warehouse.reservation_versions'::regclass";
        with_private_server(&mut psql).arg("--data-dir").arg(&data_dir).args(["db", "psql", "--", "-XAtc", vacuums]);
        end(psql).expect(0).stdout
    };
    night();
    hospital.simulator.advance_night();
    // What the first night has done is counted by now, whenever its sessions have told the server.
    let vacuumed = night();
    assert!(["1|t|t\n", "2|t|t\n"].contains(&vacuumed.as_str()), "{vacuumed}");
    let settled = night();
    assert_eq!(night(), settled, "a night without changes leaves nothing to do");
}

#[test]
fn a_folder_without_server_programs_is_refused_with_a_way_out() {
    let place = server_place();
    let mut command = tijian(place.path());
    command.env("PG_BIN_DIR", place.path()).args(["--private-server", "status"]);
    let ended = end(command).expect(2);
    assert!(ended.stderr.contains("PG_BIN_DIR"), "{}", ended.stderr);
    assert_eq!(run_in(place.path(), &["completions", "fish"]).expect(0).stderr, "", "needs no database");
}

/// A BI tool's way in: a real connection over TCP, with a password.
async fn over_tcp(host: &str, port: u16, login: &str) -> Result<tokio_postgres::Client, tokio_postgres::Error> {
    let address = format!("host={host} port={port} user={login} password=a-readers-password dbname=tijian");
    let (client, connection) = tokio_postgres::connect(&address, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Invariant: Only readers with their password, from this machine, can connect over the private server's port.
/// Held by: a list of allowed logins, each checked to be read-only; one loopback address.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_comes_in_over_the_port_and_nobody_else_does() {
    let place = server_place();
    let port = free_port();
    let serve = |arguments: &[&str]| {
        let mut command = tijian(place.path());
        with_server_programs(&mut command).args(["db", "serve", "--port", &port.to_string()]).args(arguments);
        command
    };
    let mut server = Running::start(&mut serve(&[]));
    let mut printed = BufReader::new(server.child().stdout.take().unwrap());
    let mut lines = Vec::new();
    while lines.len() < 6 {
        let mut line = String::new();
        assert_ne!(printed.read_line(&mut line).unwrap(), 0, "{lines:?}");
        lines.push(line.trim_end().to_owned());
    }
    let set = "tijian db psql -- -c '\\password analyst'";
    assert_eq!(
        lines,
        [
            "host      127.0.0.1".to_owned(),
            format!("port      {port}"),
            "database  tijian".to_owned(),
            "user      analyst".to_owned(),
            format!("password  none yet; to set it: {set}"),
            "schema    mart".to_owned(),
        ]
    );
    let refused = |outcome: Result<tokio_postgres::Client, tokio_postgres::Error>| {
        outcome.expect_err("nobody comes in").as_db_error().map(|error| error.code().code().to_owned())
    };
    // Without a password there is no way in.
    assert_eq!(refused(over_tcp("127.0.0.1", port, "analyst").await).as_deref(), Some("28P01"));

    let statements = "alter role analyst password 'a-readers-password'; alter role tijian password 'a-readers-password'; grant tijian_analyst to tijian;
        create role wide superuser login password 'a-readers-password' in role tijian_analyst;
        create role colleague login password 'a-readers-password' in role tijian_analyst, tijian_dashboard;
        create role nightly login password 'a-readers-password' in role tijian_loader;
        create role stranger login password 'a-readers-password'; create role empty nologin";
    let mut psql = tijian(place.path());
    with_server_programs(&mut psql).args(["db", "psql", "--", "-Xqc", statements]);
    end(psql).expect(0);
    let analyst = over_tcp("127.0.0.1", port, "analyst").await.expect("the analyst comes in");
    analyst.batch_execute("select * from mart.reservations_current").await.unwrap();
    let denied = analyst.batch_execute("select * from warehouse.reservation_versions").await.unwrap_err();
    assert_eq!(denied.code().map(|code| code.code()), Some("42501"));
    for writing in
        ["create temporary table x (y text)", "create table public.x (y text)", "select lo_from_bytea(0, 'x')"]
    {
        let denied = analyst.batch_execute(writing).await.expect_err(writing);
        assert_eq!(denied.code().map(|code| code.code()), Some("42501"), "{writing}");
    }
    // Whoever else is in the group, the owner and a superuser included, stays outside.
    for login in ["tijian", "nightly", "stranger", "wide", "colleague"] {
        assert_eq!(refused(over_tcp("127.0.0.1", port, login).await).as_deref(), Some("28000"), "{login}");
    }
    let wrong = format!("host=127.0.0.1 port={port} user=analyst password=wrong dbname=tijian");
    assert!(tokio_postgres::connect(&wrong, NoTls).await.is_err());

    // Of all that listens, its port is there once, on one address.
    assert_eq!(listeners(port), [Ipv4Addr::LOCALHOST.into()] as [IpAddr; 1]);
    // Every other command finds the socket by its usual name, whatever the port.
    let mut psql = tijian(place.path());
    with_server_programs(&mut psql).args(["db", "psql", "--", "-XAtc", "show port"]);
    assert_eq!(end(psql).expect(0).stdout, format!("{port}\n"));

    // A second one joins, with another login and less to see; one that is more than a reader is refused.
    let mut wall = Running::start(&mut serve(&["--login", "wall", "--group", "dashboard"]));
    let mut text = BufReader::new(wall.child().stdout.take().unwrap());
    let mut user = String::new();
    for _ in 0..6 {
        text.read_line(&mut user).unwrap();
    }
    assert!(user.contains("user      wall\n") && user.contains("schema    dashboard\n"), "{user}");
    // Neither of the two lets anybody else in.
    let mut psql = tijian(place.path());
    let give = "alter role wall password 'a-readers-password'";
    with_server_programs(&mut psql).args(["db", "psql", "--", "-Xqc", give]);
    end(psql).expect(0);
    for login in ["analyst", "wall"] {
        over_tcp("127.0.0.1", port, login).await.unwrap_or_else(|error| panic!("{login}: {error}"));
    }
    assert_eq!(refused(over_tcp("127.0.0.1", port, "colleague").await).as_deref(), Some("28000"));
    wall.send(Signal::TERM);
    wall.end().expect(0);
    for login in ["wide", "nightly", "empty", "tijian", "tijian_analyst", "wall"] {
        let ended = end(serve(&["--login", login])).expect(2);
        assert!(ended.stderr.contains(&format!("login {login} has more rights")), "{}", ended.stderr);
    }

    server.send(Signal::TERM);
    server.end().expect(0);
    assert!(!is_up(&place.path().join("data")));
    assert!(over_tcp("127.0.0.1", port, "analyst").await.is_err());

    // The password is still there, and the way to another one.
    let mut again = Running::start(&mut serve(&[]));
    let mut text = BufReader::new(again.child().stdout.take().unwrap());
    let mut said = String::new();
    for _ in 0..6 {
        text.read_line(&mut said).unwrap();
    }
    assert!(said.contains(&format!("password  already set; to change it: {set}\n")), "{said}");
    again.send(Signal::TERM);
    again.end().expect(0);
    // Without a port nothing listens, also where a port was before.
    let mut command = tijian(place.path());
    let mut plain = Running::start(with_server_programs(&mut command).args(["db", "serve"]));
    let mut url = String::new();
    BufReader::new(plain.child().stdout.take().unwrap()).read_line(&mut url).unwrap();
    assert!(url.starts_with("postgresql:///tijian?host="), "{url}");
    assert_eq!(listeners(port), [] as [IpAddr; 0]);
    let late = end(serve(&[])).expect(1);
    assert!(
        late.stderr.contains(&format!("is already running without port {port}: end the programs that use it")),
        "{}",
        late.stderr
    );
    plain.send(Signal::TERM);
    plain.end().expect(0);

    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    let ended = end(serve(&[])).expect(1);
    assert!(ended.stderr.contains(&format!("cannot listen on port {port} of this machine")), "{}", ended.stderr);
    drop(taken);
    end(serve(&["--login", "Ana"])).expect(2);
    let mut lonely = tijian(place.path());
    lonely.args(["db", "serve", "--login", "ana"]);
    assert!(end(lonely).expect(2).stderr.contains("--port"));
}

/// Whatever a login has beside its group, directly or through others, it is not let in.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_may_more_than_read_is_not_let_in() {
    let place = server_place();
    let port = free_port();
    let serve = |login: &str| {
        let mut command = tijian(place.path());
        with_server_programs(&mut command).args(["db", "serve", "--port", &port.to_string(), "--login", login]);
        command
    };
    // The name means everybody where it stands unquoted in the list of who may come in.
    let mut server = Running::start(&mut serve("all"));
    let mut text = BufReader::new(server.child().stdout.take().unwrap());
    let mut said = String::new();
    for _ in 0..6 {
        text.read_line(&mut said).unwrap();
    }
    assert!(said.contains("user      all\n"), "{said}");

    let unfit = [
        ("granted", "grant select on warehouse.reservation_versions to granted"),
        ("granted_a_column", "grant update (min_cell) on mart.privacy to granted_a_column"),
        ("in_two", "grant tijian_finance to in_two"),
        ("indirect", "create role between; grant between to indirect; grant tijian_loader to between"),
        ("owner", "create table public.notes (note text); alter table public.notes owner to owner"),
        ("elsewhere", "grant temporary on database elsewhere_database to elsewhere"),
        ("of_the_owner", "create role deputies; grant tijian to deputies; grant deputies to of_the_owner"),
        ("creator", "alter role creator createrole"),
        ("super", "alter role super superuser"),
    ];
    let statements = unfit.map(|(login, more)| {
        format!("create role {login} login password 'a-readers-password' in role tijian_analyst; {more};")
    });
    let psql = |statements: &str| {
        let mut psql = tijian(place.path());
        with_server_programs(&mut psql).args(["db", "psql", "--", "-Xq", "-v", "ON_ERROR_STOP=1"]);
        for statement in statements.split(';') {
            psql.args(["-c", statement]);
        }
        end(psql).expect(0);
    };
    psql("create database elsewhere_database");
    psql(&statements.concat());
    psql("alter role \"all\" password 'a-readers-password'");
    over_tcp("127.0.0.1", port, "all").await.expect("whoever was let in comes in");
    for (login, more) in unfit {
        let ended = end(serve(login)).expect(2);
        assert!(ended.stderr.contains(&format!("login {login} has more rights")), "{more}: {}", ended.stderr);
        let error = over_tcp("127.0.0.1", port, login).await.expect_err(login);
        assert_eq!(error.code().map(|code| code.code()), Some("28000"), "{login}: {error}");
    }
    // What the group itself was given beyond reading is its members', too.
    psql("create table public.guestbook (note text); grant insert on public.guestbook to tijian_analyst");
    assert!(end(serve("all")).expect(2).stderr.contains("login all has more rights"));
    psql("drop table public.guestbook; grant tijian_loader to tijian_analyst");
    assert!(end(serve("all")).expect(2).stderr.contains("login all has more rights"));
    server.send(Signal::TERM);
    server.end().expect(0);
}

/// A port that nobody listens on just now.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// The addresses on which somebody of this machine listens on a port, as the kernel tells (`/proc/net/tcp` and its kin for IPv6,
/// state 0A).
fn listeners(port: u16) -> Vec<IpAddr> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let sockets = read("/proc/net/tcp") + &read("/proc/net/tcp6");
    let mut found = Vec::new();
    for socket in sockets.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()) {
        let Some((address, number)) = socket.get(1).and_then(|local| local.split_once(':')) else { continue };
        if u16::from_str_radix(number, 16) != Ok(port) || socket.get(3) != Some(&"0A") {
            continue;
        }
        found.push(match u32::from_str_radix(address, 16) {
            Ok(number) => Ipv4Addr::from(number.to_le_bytes()).into(),
            Err(_) => Ipv6Addr::UNSPECIFIED.into(),
        });
    }
    found
}
