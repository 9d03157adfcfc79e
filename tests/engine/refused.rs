//! Engines and workers that do not do their work: one line says so, and readers see what they saw before.
//!
//! Invariant: What another engine has half built, or built wrong, is seen by nobody.
//! Held by: the pointer, which moves last; counts of every delivery, of what came back and of what was written.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rustix::process::Signal;
use tijian::simulator::GeneratorOptions;

use crate::rebuild::{hospital_with_a_lake, place, pointer, publish, rebuild, walk};
use crate::spark::{Cluster, engine};
use crate::support::{Ended, Hospital, Running, TestDatabase, end, record, wait_until};

/// A hospital with a night in a lake.
async fn published(lake: &Path) -> (Hospital, PathBuf) {
    let generator = GeneratorOptions { reservations: 300, ..Default::default() };
    let hospital = hospital_with_a_lake(TestDatabase::create().await, "demo", lake, generator).await;
    hospital.run_well().await;
    let place = place(&hospital, lake).await;
    let hospitals = [hospital];
    publish(&hospitals);
    let [hospital] = hospitals;
    (hospital, place)
}

/// A program that the engine is given as its worker.
fn worker(dir: &Path, script: &str) -> String {
    let path = dir.join("tijian");
    let tijian = assert_cmd::cargo::cargo_bin!("tijian").display().to_string();
    std::fs::write(&path, format!("#!/bin/sh\n{}\n", script.replace("tijian", &tijian))).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// It ends with this status and these words, and nothing is seen or left of it.
fn assert_refused(hospital: &Hospital, place: &Path, engine: &str, options: &[&str], code: i32, words: &str) -> Ended {
    let before = pointer(place);
    let ended = end(rebuild(hospital, engine, options)).expect(code);
    assert!(ended.stderr.contains(words), "{words}: {}", ended.stderr);
    assert_eq!(ended.stdout, "");
    assert_eq!(pointer(place), before, "{words}");
    let left: Vec<String> =
        walk(&place.join("built")).into_iter().filter(|file| !file.contains("/_temporary/")).collect();
    assert!(left.is_empty(), "{words}: {left:?}");
    ended
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_not_there_or_fails_changes_nothing() {
    let lake = tempfile::tempdir().unwrap();
    let (hospital, place) = published(lake.path()).await;
    for (engine, options, code, words) in [
        ("no-such-engine --master x", vec![], 1, "TJ-7604"),
        ("sh -c 'exit 3' sh", vec![], 1, "TJ-7605"),
        ("sh -c 'kill -9 $$' sh", vec![], 75, "TJ-7606"),
        ("sleep 600;", vec!["--patience", "1s"], 75, "TJ-7607"),
        // It says that all went well, and has written nothing.
        ("true", vec![], 1, "TJ-7614"),
        ("true", vec!["--worker", "no-such-tijian"], 1, "TJ-7602"),
    ] {
        assert_refused(&hospital, &place, engine, &options, code, words);
    }
    let before = pointer(&place);
    std::fs::remove_file(place.join("pointer.json")).unwrap();
    let ended = end(rebuild(&hospital, "true", &[])).expect(1);
    assert!(ended.stderr.contains("TJ-7611"), "{}", ended.stderr);
    std::fs::write(place.join("pointer.json"), before.to_string()).unwrap();
    let mut verify = hospital.tijian();
    verify.args(["lake", "verify"]).arg(&hospital.pipeline_file);
    let ended = end(verify).expect(1);
    assert!(ended.stderr.contains("TJ-7612"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_ends_with_the_command_that_is_told_to_stop() {
    let lake = tempfile::tempdir().unwrap();
    let (hospital, place) = published(lake.path()).await;
    let before = pointer(&place);
    let mark = hospital.dir.path().join("engine");
    let engine = format!("sh -c 'echo $$ > {0}.new; mv {0}.new {0}; sleep 600' sh", mark.display());
    let mut rebuilding = Running::start(&mut rebuild(&hospital, &engine, &[]));
    wait_until("the engine runs", || mark.exists());
    rebuilding.send(Signal::TERM);
    let ended = rebuilding.end().expect(75);
    assert!(ended.stderr.contains("TJ-6016"), "{}", ended.stderr);
    let engine = std::fs::read_to_string(&mark).unwrap();
    assert!(!Path::new("/proc").join(engine.trim()).exists(), "the engine is still there");
    assert_eq!(pointer(&place), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_another_program_or_ends_early_is_found_out() {
    let lake = tempfile::tempdir().unwrap();
    let (hospital, place) = published(lake.path()).await;
    let programs = tempfile::tempdir().unwrap();
    let engine = engine("local[2]", "");
    for script in ["exec cat", "exec head -n 5", "tijian worker history | sed '$d'"] {
        let worker = worker(programs.path(), script);
        let ended = end(rebuild(&hospital, &engine, &["--worker", &worker])).expect(1);
        let is_told = ["TJ-7614", "TJ-7605"].iter().any(|code| ended.stderr.contains(code));
        assert!(is_told, "{script}: {}", ended.stderr);
        assert!(pointer(&place)["built"].is_null(), "{script}");
    }
}

/// What comes while the engine works is for the next rebuild; but what was replaced meanwhile must not come back by it.
#[tokio::test(flavor = "multi_thread")]
async fn a_publication_in_the_meantime_is_kept_and_one_that_replaces_is_not_undone() {
    let lake = tempfile::tempdir().unwrap();
    let (hospital, place) = published(lake.path()).await;
    // More than the first night: their files become one.
    hospital.simulator.insert_records((0..400).map(|number| record(&format!("N-{number}"), "")).collect());
    hospital.run_well().await;
    let tijian = assert_cmd::cargo::cargo_bin!("tijian").display().to_string();
    // The engine does not have the secrets.
    let ours = hospital.tijian();
    let ours = ours.get_envs().filter_map(|(name, value)| Some((name.to_str()?, value?.to_str()?)));
    let ours = ours.filter(|(name, _)| ["DATABASE_URL", "TIJIAN_SITE_KEY"].contains(name));
    let ours: Vec<String> = ours.map(|(name, value)| format!("{name}=\"{value}\"")).collect();
    assert_eq!(ours.len(), 2);
    let tijian = format!("env {} {tijian}", ours.join(" "));
    let file = hospital.pipeline_file.display();
    let spark = engine("local[2]", "");
    let engine = |options: &str| {
        format!("sh -c '{} \"$@\" && {tijian} lake publish {options} {file} >&2' sh", spark.replace('\'', ""))
    };

    let rebuilt = end(rebuild(&hospital, &engine(""), &["--output", "json"])).expect(0).json();
    let rebuilt = &rebuilt["lakes"][0];
    assert_eq!((&rebuilt["publication"], &rebuilt["newest_publication"]), (&1.into(), &2.into()), "{rebuilt}");
    let after = pointer(&place);
    assert_eq!((&after["number"], &after["built"]["publication"]), (&2.into(), &1.into()), "{after}");
    assert_eq!(after["deliveries"].as_array().unwrap().len(), 1, "{after}");
    let mut verify = hospital.tijian();
    verify.args(["lake", "verify", "--rows"]).arg(&hospital.pipeline_file);
    end(verify).expect(0);

    let ended = end(rebuild(&hospital, &engine("--again"), &[])).expect(75);
    assert!(ended.stderr.contains("TJ-7616"), "{}", ended.stderr);
    let after = pointer(&place);
    assert!(after["built"].is_null() && after["number"].as_u64() > Some(2), "{after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_without_a_free_core_is_ended() {
    let lake = tempfile::tempdir().unwrap();
    let (hospital, place) = published(lake.path()).await;
    let cluster = Cluster::start(0);
    let engine = engine(&cluster.master, "");
    let begin = Instant::now();
    assert_refused(&hospital, &place, &engine, &["--patience", "30s"], 75, "TJ-7607");
    assert!(begin.elapsed().as_secs() >= 30);
}
