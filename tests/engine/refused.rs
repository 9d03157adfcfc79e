//! Engines and workers that do not do their work: one line says so, and readers see what they saw before.
//!
//! Invariant: What another engine has half built, or built wrong, is seen by nobody.
//! Held by: the pointer, which moves last; counts of every delivery, of what came back and of what was written.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rustix::process::Signal;
use tijian::simulator::GeneratorOptions;

use crate::rebuild::{hospital_with_a_lake, place, pointer, publish, rebuild, walk};
use crate::spark::{Cluster, engine};
use crate::support::{Ended, Hospital, Running, TestDatabase, end, hear_hangups, record, wait_until};

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

/// Whether a process is there that is not only waiting to be forgotten.
fn runs(process: &str) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{process}/stat"));
    state.is_ok_and(|state| state.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with(['Z', 'X'])))
}

/// An engine with a child that does not end when it is asked to.
#[tokio::test(flavor = "multi_thread")]
async fn an_engine_ends_with_the_command_however_that_ends() {
    hear_hangups();
    let lake = tempfile::tempdir().unwrap();
    let (hospital, place) = published(lake.path()).await;
    let before = pointer(&place);
    let mark = hospital.dir.path().join("engine");
    let child = format!(
        r#"echo $PPID $$ > {0}.new; mv {0}.new {0}; trap "" HUP INT TERM; sleep 600; sleep 600"#,
        mark.display()
    );
    let script = hospital.dir.path().join("child.sh");
    std::fs::write(&script, child).unwrap();
    let engine = format!("sh -c 'sh {} & wait' sh", script.display());
    for signals in [&[Signal::TERM][..], &[Signal::HUP], &[Signal::INT, Signal::INT], &[Signal::KILL]] {
        let mut rebuilding = Running::start(&mut rebuild(&hospital, &engine, &[]));
        wait_until("the engine runs", || mark.exists());
        let processes = std::fs::read_to_string(&mark).unwrap();
        let processes: Vec<&str> = processes.split_whitespace().collect();
        assert!(processes.len() == 2 && processes.iter().all(|process| runs(process)), "{processes:?}");
        std::fs::remove_file(&mark).unwrap();
        let mut said = BufReader::new(rebuilding.child().stderr.take().unwrap()).lines();
        for (nth, signal) in signals.iter().enumerate() {
            if nth > 0 {
                assert!(said.any(|line| line.unwrap().contains("once more to stop at once")));
            }
            rebuilding.send(*signal);
        }
        let status = rebuilding.child().wait().unwrap();
        let expected = if signals == [Signal::KILL] { None } else { Some(75) };
        assert_eq!(status.code(), expected, "{signals:?}");
        wait_until("the engine ends", || !processes.iter().any(|process| runs(process)));
        assert_eq!(pointer(&place), before, "{signals:?}");
    }
}

/// A command line of an engine that does its work by Spark and keeps a copy, and one that copies that: so that many rebuilds take
/// one Spark.
fn engine_and_copier(dir: &Path) -> (String, String) {
    let copy = dir.join("copy.sh");
    let script = format!(
        "from={}/kept\nwhile [ \"$1\" != -f ]; do shift; done\n\
        built=$(sed -n \"s|.*directory 'file://\\(.*\\)/begun'.*|\\1|p\" \"$2\")\n\
        if [ -e \"$from\" ]; then cp -r \"$from\"/* \"$built\"; else cp -r \"$built\" \"$from\"; fi\n",
        dir.display()
    );
    std::fs::write(&copy, script).unwrap();
    let copy = copy.display();
    let spark = engine("local[2]", "").replace('\'', "");
    (format!("sh -c '{spark} \"$@\" && sh {copy} \"$@\"' sh"), format!("sh {copy}"))
}

/// What dead rebuilds have left is removed by the next, and their numbers are not used again. Of two at once, the pointer ends at the one
/// that has read more, or was begun later, whichever ends last.
#[tokio::test(flavor = "multi_thread")]
async fn rebuilds_that_are_dead_or_overtaken_change_nothing() {
    let lake = tempfile::tempdir().unwrap();
    let (hospital, place) = published(lake.path()).await;
    let publish_same = async || {
        hospital.simulator.insert_records(vec![record("SAME", "")]);
        hospital.run_well().await;
        let mut publish = hospital.tijian();
        publish.args(["lake", "publish"]).arg(&hospital.pipeline_file);
        end(publish).expect(0);
    };
    publish_same().await;
    let folders = || {
        let files = walk(&place.join("built"));
        let number = |file: &String| file.split("/built/").nth(1)?.split('-').next()?.parse::<u64>().ok();
        files.iter().filter_map(number).collect::<BTreeSet<_>>()
    };
    let (mark, go) = (hospital.dir.path().join("mark"), hospital.dir.path().join("go"));
    let sleeping = format!("sh -c 'touch {}; sleep 600' sh", mark.display());
    for number in 1..=2 {
        let mut rebuilding = Running::start(&mut rebuild(&hospital, &sleeping, &[]));
        wait_until("the engine runs", || mark.exists());
        rebuilding.send(Signal::KILL);
        rebuilding.child().wait().unwrap();
        std::fs::remove_file(&mark).unwrap();
        assert_eq!(folders(), (1..=number).collect());
    }
    // An executor on another machine was late.
    let dead = std::fs::read_dir(place.join("built")).unwrap().next().unwrap().unwrap().path();
    std::fs::create_dir(dead.join("history")).unwrap();
    std::fs::write(dead.join("history/part-late.parquet"), "").unwrap();
    let (engine, copier) = engine_and_copier(hospital.dir.path());
    end(rebuild(&hospital, &engine, &[])).expect(0);
    assert_eq!((&pointer(&place)["built"]["number"], folders()), (&3.into(), [3].into()));
    let parts = walk(&place.join("built"));
    assert!(!parts.iter().any(|file| file.ends_with("/unfinished") || file.contains("/begun/")), "{parts:?}");

    // This one has built everything, and waits.
    let slow = format!(
        "sh -c '{copier} \"$@\" && touch {} && until test -e {}; do sleep 0.1; done' sh",
        mark.display(),
        go.display()
    );
    for (has_newer, number) in [(true, 5), (false, 7)] {
        let first = Running::start(&mut rebuild(&hospital, &slow, &[]));
        wait_until("the first one has built", || mark.exists());
        if has_newer {
            // A delivery that has opened nothing.
            publish_same().await;
        }
        end(rebuild(&hospital, &copier, &[])).expect(0);
        let second = pointer(&place);
        assert_eq!(second["built"]["number"], number);
        std::fs::write(&go, "").unwrap();
        let ended = first.end().expect(75);
        assert!(ended.stderr.contains("TJ-7613"), "{}", ended.stderr);
        assert_eq!(pointer(&place), second);
        // What was built before is still read.
        assert!(folders().contains(&number) && !folders().contains(&(number - 1)), "{:?}", folders());
        std::fs::remove_file(&mark).unwrap();
        std::fs::remove_file(&go).unwrap();
    }
    let mut verify = hospital.tijian();
    verify.args(["lake", "verify", "--rows"]).arg(&hospital.pipeline_file);
    end(verify).expect(0);
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

    // It cannot go on, since what it was reading is gone.
    let failing = format!("sh -c '{tijian} lake publish --again {file} >&2; exit 1' sh");
    let ended = end(rebuild(&hospital, &failing, &[])).expect(75);
    assert!(ended.stderr.contains("TJ-7616"), "{}", ended.stderr);
}

/// The environment may be that of the nights, with accounts that are not rebuilt here.
#[tokio::test(flavor = "multi_thread")]
async fn an_engine_gets_no_secret_of_any_pipeline() {
    let lake = tempfile::tempdir().unwrap();
    let (hospital, _) = published(lake.path()).await;
    let other = std::fs::read_to_string(&hospital.pipeline_file).unwrap();
    let other = other.replace("\"demo\"", "\"other\"").replace("ZHELIBAN_", "OTHER_");
    std::fs::create_dir(hospital.dir.path().join("pipelines")).unwrap();
    std::fs::write(hospital.dir.path().join("pipelines/other.toml"), other).unwrap();
    let mut command = rebuild(&hospital, "sh -c 'env; exit 3' sh", &[]);
    for name in ["OTHER_API_KEY", "OTHER_SECRET", "OTHER_AES_KEY", "PGPASSWORD"] {
        command.env(name, "planted");
    }
    command.env("SEEN", "by the engine");
    end(command).expect(1);
    let log = walk(hospital.dir.path()).into_iter().find(|file| file.ends_with("/rebuild.log")).unwrap();
    let said = std::fs::read_to_string(log).unwrap();
    assert!(said.contains("SEEN=by the engine"), "{said}");
    for name in ["planted", "ZHELIBAN_", "DATABASE_URL", "TIJIAN_SITE_KEY"] {
        assert!(!said.contains(name), "{name}: {said}");
    }
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
