//! Signals in the middle of a run: it ends with 75, nothing is half done, and the next run completes it.

use std::io::{BufRead, BufReader};

use rustix::process::Signal;
use tijian::simulator::{Endpoint, Fault, GeneratorOptions};

use crate::support::{Hospital, Running, hear_hangups, wait_until};

/// Starts a run, and waits until it has asked for the delivery, whose answer does not come.
async fn hanging_run() -> (Hospital, Running) {
    let hospital = Hospital::with_reservations(GeneratorOptions { reservations: 20, ..Default::default() }).await;
    hospital.simulator.arm(Endpoint::Order, Fault::Hang, 1);
    let mut command = hospital.tijian();
    let running = Running::start(command.arg("run").arg(&hospital.pipeline_file));
    wait_until("the run pulls", || hospital.simulator.log().iter().any(|entry| entry.endpoint == Endpoint::Order));
    (hospital, running)
}

async fn assert_next_run_completes(hospital: &Hospital) {
    assert!(hospital.database.versions().await.is_empty());
    hospital.night(&[]).expect(0);
    assert_eq!(hospital.database.versions().await.len(), 20);
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_told_to_stop_ends_after_its_step_and_the_next_one_completes() {
    let (hospital, mut running) = hanging_run().await;
    running.send(Signal::TERM);
    // The pull is tried again, goes well, and is the last step.
    let ended = running.end().expect(75);
    assert!(ended.stderr.contains("stopping after the current step; once more to stop at once"), "{}", ended.stderr);
    assert!(ended.stderr.contains("stopped on request; nothing is half done"), "{}", ended.stderr);
    assert_eq!(hospital.database.lines("select outcome from etl.runs").await, ["temporary"]);
    assert_next_run_completes(&hospital).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_told_twice_stops_at_once() {
    let (hospital, mut running) = hanging_run().await;
    running.send(Signal::INT);
    let mut log = BufReader::new(running.child().stderr.take().unwrap()).lines();
    assert!(log.any(|line| line.unwrap().contains("once more to stop at once")));
    running.send(Signal::INT);
    running.end().expect(75);
    assert_next_run_completes(&hospital).await;
}

/// The terminal is gone, and with it whoever read standard error. It may say so more than once.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_terminal_is_closed_ends_after_its_step() {
    hear_hangups();
    let (hospital, mut running) = hanging_run().await;
    running.send(Signal::HUP);
    let mut log = BufReader::new(running.child().stderr.take().unwrap()).lines();
    assert!(log.any(|line| line.unwrap().contains("stopping after the current step")));
    drop(log);
    running.send(Signal::HUP);
    running.end().expect(75);
    assert_eq!(hospital.database.lines("select outcome from etl.runs").await, ["temporary"]);
    assert_next_run_completes(&hospital).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_to_outlast_its_terminal_does() {
    let hospital = Hospital::with_reservations(GeneratorOptions { reservations: 20, ..Default::default() }).await;
    hospital.simulator.arm(Endpoint::Order, Fault::Hang, 1);
    let tijian = hospital.tijian();
    let mut command = std::process::Command::new("nohup");
    command.arg(tijian.get_program()).arg("run").arg(&hospital.pipeline_file).current_dir(hospital.dir.path());
    for (name, value) in tijian.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let mut running = Running::start(&mut command);
    wait_until("the run pulls", || hospital.simulator.log().iter().any(|entry| entry.endpoint == Endpoint::Order));
    running.send(Signal::HUP);
    running.end().expect(0);
    assert_eq!(hospital.database.versions().await.len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_leaves_no_core_dump() {
    let (_hospital, mut running) = hanging_run().await;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", running.child().id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
}
