//! The private PostgreSQL server under the commands: up while somebody uses it, gone afterwards, whatever happens.

use std::io::{BufRead, BufReader};
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

#[test]
fn a_folder_without_server_programs_is_refused_with_a_way_out() {
    let place = server_place();
    let mut command = tijian(place.path());
    command.env("PG_BIN_DIR", place.path()).args(["--private-server", "status"]);
    let ended = end(command).expect(1);
    assert!(ended.stderr.contains("PG_BIN_DIR"), "{}", ended.stderr);
    assert_eq!(run_in(place.path(), &["completions", "fish"]).expect(0).stderr, "", "needs no database");
}
