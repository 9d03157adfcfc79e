//! `tijian run --watch`: rounds through the day, as systemd, Prometheus and an operator see them.

use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::Signal;
use tijian::simulator::{Endpoint, Fault, GeneratorOptions, SimulatorOptions};

use crate::support::{Hospital, Running, assert_discreet, end, marked_record, wait_until};

/// A watch whose log is read while it runs.
struct Watched {
    running: Running,
    log: Arc<Mutex<Vec<String>>>,
}

impl Watched {
    fn start(command: &mut Command) -> Watched {
        let mut running = Running::start(command.args(["--watch", "1s"]));
        let lines = BufReader::new(running.child().stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(Vec::new()));
        let written = Arc::clone(&log);
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| written.lock().unwrap().push(line)));
        Watched { running, log }
    }

    fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    /// The address that `--metrics-listen 127.0.0.1:0` has come to.
    fn address(&self) -> String {
        wait_until("the endpoint is open", || self.log().contains("address="));
        let log = self.log();
        let after = log.split("address=").nth(1).unwrap();
        after.split_whitespace().next().unwrap().to_owned()
    }

    /// Told to stop, it ends well.
    fn stop(mut self) -> String {
        self.running.send(Signal::TERM);
        let log = Arc::clone(&self.log);
        let ended = self.running.end();
        assert_eq!(ended.code, 0, "{}", log.lock().unwrap().join("\n"));
        ended.stdout
    }
}

async fn get(address: &str, path: &str) -> (u16, String) {
    let answer = reqwest::get(format!("http://{address}{path}")).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// Asks again until the answer is as it should be.
async fn get_until(address: &str, path: &str, is_expected: impl Fn(u16, &str) -> bool) -> String {
    let patience = tokio::time::Instant::now() + Duration::from_secs(60);
    loop {
        let (status, text) = get(address, path).await;
        if is_expected(status, &text) {
            return text;
        }
        assert!(tokio::time::Instant::now() < patience, "{path}: {status} {text}");
    }
}

async fn hospital() -> Hospital {
    Hospital::with_reservations(GeneratorOptions { reservations: 20, ..Default::default() }).await
}

fn run_of(hospital: &Hospital, options: &[&str]) -> Command {
    let mut command = hospital.tijian();
    command.arg("run").arg(&hospital.pipeline_file).args(options);
    command
}

/// Invariant: A watch continues whatever the result of a round, and reports its health.
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_takes_every_night_over_and_tells_systemd_how_it_is() {
    let hospital = hospital().await;
    let socket_path = hospital.dir.path().join("notify");
    let socket = UnixDatagram::bind(&socket_path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut command = run_of(&hospital, &[]);
    command.env("NOTIFY_SOCKET", &socket_path).env("WATCHDOG_USEC", "100000");
    let watched = Watched::start(&mut command);

    let said = Mutex::new(String::new());
    let listen_for = |word: &str| {
        let mut buffer = [0; 4096];
        while !said.lock().unwrap().contains(word) {
            let length = socket.recv(&mut buffer).unwrap_or_else(|error| panic!("no {word}: {error}"));
            said.lock().unwrap().push_str(std::str::from_utf8(&buffer[..length]).unwrap());
        }
    };
    listen_for("READY=1\n");
    listen_for("STATUS=working on 1 account\n");
    listen_for("WATCHDOG=1\n");
    listen_for("STATUS=last round: 1 of 1 accounts well; next at ");
    assert_eq!(hospital.database.versions().await.len(), 20);

    hospital.simulator.advance_night();
    assert!(hospital.simulator.unacknowledged() > 0);
    // The socket is read meanwhile: it holds few messages.
    while hospital.simulator.unacknowledged() > 0 {
        said.lock().unwrap().clear();
        listen_for("WATCHDOG=1\n");
    }
    assert!(!said.lock().unwrap().contains("STOPPING"));
    let stopped = std::thread::spawn(|| watched.stop());
    listen_for("STOPPING=1\n");
    let stdout = stopped.join().unwrap();
    assert!(stdout.matches("demo ").count() >= 2, "a line for each round: {stdout}");
    hospital.database.assert_sound().await;
}

/// Invariant: A watch continues whatever the result of a round, and reports its health.
/// Held by: rounds end with reports, never with an error; health comes from their exit codes and from steps.
#[tokio::test(flavor = "multi_thread")]
async fn temporary_failures_do_not_end_a_watch_and_health_and_figures_show_them() {
    let hospital = hospital().await;
    // Two rounds, of two tries each.
    hospital.simulator.arm(Endpoint::Order, Fault::Http(503), 4);
    let watched = Watched::start(&mut run_of(&hospital, &["--metrics-listen", "127.0.0.1:0"]));
    let address = watched.address();
    let ill = get_until(&address, "/healthz", |status, _| status == 503).await;
    assert_eq!(ill, "account demo: exit status 75\n");
    assert_eq!(get_until(&address, "/healthz", |status, _| status == 200).await, "ok\n");
    let text = get_until(&address, "/metrics", |_, text| text.contains("_received_total{account=\"demo\"} 20\n")).await;
    for line in [
        "tijian_versions_opened_total{account=\"demo\"} 20",
        "tijian_acknowledgements_pending{account=\"demo\"} 0",
        "tijian_last_run_exit_code{account=\"demo\"} 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(text.contains("tijian_last_success_timestamp_seconds{account=\"demo\"} 1"), "{text}");
    watched.stop();
    assert!(reqwest::get(format!("http://{address}/healthz")).await.is_err(), "nobody answers any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_out_of_reach_does_not_end_a_watch() {
    let hospital = hospital().await;
    let mut command = run_of(&hospital, &["--metrics-listen", "127.0.0.1:0"]);
    // Nobody listens on port 1.
    let watched = Watched::start(command.env("DATABASE_URL", "postgresql://somebody@127.0.0.1:1/nowhere"));
    let address = watched.address();
    assert_eq!(get_until(&address, "/healthz", |status, _| status == 503).await, "account demo: exit status 75\n");
    wait_until("another round", || watched.log().matches("the database is out of reach").count() >= 2);
    watched.stop();
    assert!(hospital.simulator.log().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_told_to_stop_ends_after_its_step_and_the_next_run_completes() {
    let hospital = hospital().await;
    hospital.simulator.arm(Endpoint::Order, Fault::Hang, 1);
    let watched = Watched::start(&mut run_of(&hospital, &[]));
    wait_until("the run pulls", || hospital.calls(Endpoint::Order) > 0);
    let stdout = watched.stop();
    assert!(stdout.contains("temporary failure: run again"), "{stdout}");
    assert!(hospital.database.versions().await.is_empty());
    hospital.night(&[]).expect(0);
    assert_eq!(hospital.database.versions().await.len(), 20);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_error_ends_a_watch_unless_another_account_can_work() {
    let mut ill = hospital().await;
    ill.redefine(|text| text.replace("ZHELIBAN_AES_KEY", "NOT_SET_ANYWHERE").replace("\"demo\"", "\"ill\""));
    let mut command = run_of(&ill, &["--watch", "1s"]);
    let ended = end(std::mem::replace(&mut command, ill.tijian())).expect(2);
    assert!(ended.stderr.contains("NOT_SET_ANYWHERE is not set"), "{}", ended.stderr);
    ill.command(&["run", "--watch", "1s", "absent.toml"]).expect(2);
    ill.command(&["run", "--metrics-listen", "127.0.0.1:0"]).expect(2);

    let well = Hospital::of(ill.database.share().await, "well", SimulatorOptions::default()).await;
    let mut command = run_of(&well, &["--metrics-listen", "127.0.0.1:0"]);
    let watched = Watched::start(command.arg(&ill.pipeline_file));
    let address = watched.address();
    assert_eq!(get_until(&address, "/healthz", |status, _| status == 503).await, "account ill: exit status 2\n");
    wait_until("another round of the other account", || well.calls(Endpoint::Order) >= 2);
    watched.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_of_single_nights_go_on_in_their_file_whatever_happens() {
    let hospital = hospital().await;
    hospital.simulator.insert_records(vec![marked_record("BAD-1", r#""orderStatus":9"#)]);
    let file = hospital.dir.path().join("tijian.prom");
    let options = ["--quiet", "--metrics-file", file.to_str().unwrap()];
    let figure = |name: &str| {
        let text = std::fs::read_to_string(&file).unwrap();
        let series = format!("{name}{{account=\"demo\"}} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&series).map(str::to_owned));
        line.unwrap_or_else(|| panic!("{name}\n{text}")).parse::<f64>().unwrap()
    };
    end(run_of(&hospital, &options)).expect(3);
    for (name, value) in [
        ("tijian_last_run_exit_code", 3.0),
        ("tijian_records_received_total", 21.0),
        ("tijian_records_accepted_total", 20.0),
        ("tijian_records_rejected_total", 1.0),
        ("tijian_versions_opened_total", 20.0),
        ("tijian_acknowledgements_total", 20.0),
        ("tijian_quarantine_records", 1.0),
        ("tijian_acknowledgements_pending", 0.0),
    ] {
        assert_eq!(figure(name), value, "{name}");
    }
    assert!(figure("tijian_last_run_load_seconds") > 0.0);
    let succeeded_at = figure("tijian_last_success_timestamp_seconds");

    let mut unreachable = run_of(&hospital, &options);
    unreachable.env("DATABASE_URL", "postgresql://somebody@127.0.0.1:1/nowhere");
    end(unreachable).expect(75);
    assert_eq!(figure("tijian_last_run_exit_code"), 75.0);
    assert_eq!(figure("tijian_last_success_timestamp_seconds"), succeeded_at, "what was known stays known");
    assert_eq!(figure("tijian_records_received_total"), 21.0);
    assert_eq!(figure("tijian_quarantine_records"), 1.0, "what nobody could look up stays as it was");
    assert!(figure("tijian_last_run_timestamp_seconds") > succeeded_at);

    // The refused record comes again.
    end(run_of(&hospital, &options)).expect(3);
    assert_eq!(figure("tijian_records_received_total"), 22.0);
    assert_eq!(figure("tijian_versions_opened_total"), 20.0);
    assert!(figure("tijian_last_success_timestamp_seconds") > succeeded_at);
    assert_discreet(&std::fs::read_to_string(&file).unwrap(), "the figures");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_figures_that_cannot_be_written_fails_no_night() {
    let hospital = hospital().await;
    let ended = hospital.night(&["--metrics-file", "absent/tijian.prom"]).expect(0);
    assert!(ended.stderr.contains("--metrics-file was not updated"), "{}", ended.stderr);
    assert_eq!(hospital.database.versions().await.len(), 20);
}
