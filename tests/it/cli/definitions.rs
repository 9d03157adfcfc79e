//! Wrong definitions and settings: exit status 2, everything that is wrong at once, and never a value of a secret.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::{Hospital, assert_snapshot, end, run_in, server, tijian};

/// A folder with the shipped contract in `pipelines/contracts/`.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let contracts = folder.path().join("pipelines/contracts");
    fs::create_dir_all(&contracts).unwrap();
    fs::copy(shipped("pipelines/contracts/reservation.toml"), contracts.join("reservation.toml")).unwrap();
    folder
}

fn shipped(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn write(folder: &TempDir, path: &str, text: &str) {
    fs::write(folder.path().join(path), text).unwrap();
}

const BROKEN_PIPELINE: &str = r#"version = 1
account = "Our Hospital"
[platform]
base_url = "http://platform.invalid"
api_key = "marker-of-a-secret"
secret = { env = "SECRET" }
aes_key = { env = "AES" }
time_out_seconds = 60
[contract]
file = "contracts/broken.toml"
[landing]
keep_days = 0
[[export]]
kind = "finance"
format = "parquet"
dir = "out"
"#;

#[test]
fn every_problem_of_every_definition_is_told_at_once() {
    let folder = folder();
    write(&folder, "pipelines/a.toml", BROKEN_PIPELINE);
    write(&folder, "pipelines/b.toml", "version = 1\naccount = \n");
    let contract = fs::read_to_string(shipped("pipelines/contracts/reservation.toml")).unwrap();
    let broken = contract
        .replace("syntax = \"reject\"", "syntax = \"warn\"")
        .replace("on_unknown = \"reject\"", "on_unknown = \"ignore\"")
        .replacen("max_characters = 32", "max_characters = -1", 1)
        .replace("[fields.erhcNo]", "[fields.erhcNumber]");
    write(&folder, "pipelines/contracts/broken.toml", &broken);

    let files = ["pipelines/a.toml", "pipelines/b.toml", "pipelines/c.toml"];
    let run_with = |options: &[&str]| run_in(folder.path(), &[&["run"], options, &files].concat()).expect(2);
    let run = run_with(&[]);
    assert_eq!(run.stdout, "");
    assert!(!run.stderr.contains("marker-of-a-secret"));
    assert_snapshot("definition-errors", &run.stderr, &[]);
    let chinese = run_with(&["--lang", "zh"]);
    assert!(!chinese.stderr.contains("marker-of-a-secret"));
    assert_snapshot("definition-errors-zh", &chinese.stderr, &[]);
    // Programs read English.
    let json = |language| run_with(&["--log-format", "json", "--lang", language]).stderr;
    let messages = |log: &str| {
        let read =
            |line| serde_json::from_str::<serde_json::Value>(line).unwrap()["message"].as_str().unwrap().to_owned();
        log.lines().map(read).collect::<Vec<_>>()
    };
    assert_eq!(messages(&json("zh")), messages(&json("en")));
    let wanted = "unknown key; did you mean timeout_seconds?";
    assert!(messages(&json("zh")).iter().any(|message| message.contains(wanted)));

    // `check` finds the same, file by file, without a word about running.
    let check = run_in(folder.path(), &["check", "pipelines/a.toml", "pipelines/b.toml", "pipelines/c.toml"]).expect(2);
    let problems: Vec<&str> = check.stdout.lines().map(|line| line.trim_start_matches("✘ TJ-1201: ")).collect();
    let told: Vec<&str> = run.stderr.lines().filter_map(|line| line.strip_prefix("error TJ-1201: ")).collect();
    assert_eq!(problems, told);
}

#[test]
fn what_cannot_run_because_nothing_is_there_says_what_to_do() {
    let mut said = String::new();
    let empty = tempfile::tempdir().unwrap();
    said.push_str(&run_in(empty.path(), &["run"]).expect(2).stderr);
    said.push_str(&run_in(empty.path(), &["check"]).expect(2).stdout);
    let folder = folder();
    fs::copy(shipped("pipelines/zheliban.toml"), folder.path().join("pipelines/zheliban.toml")).unwrap();
    for command in ["run", "export"] {
        said.push_str(&run_in(folder.path(), &[command]).expect(2).stderr);
    }
    said.push_str(&run_in(folder.path(), &["run", "pipelines/other.toml"]).expect(2).stderr);
    assert_snapshot("nothing-to-run", &said, &[]);
}

#[test]
fn the_shipped_definitions_pass_the_check() {
    let check = run_in(Path::new(env!("CARGO_MANIFEST_DIR")), &["check"]).expect(0);
    assert_eq!(check.stderr, "");
    assert_snapshot("check-shipped", &check.stdout, &[(r"\d+ examples", "<number> examples")]);
    let check = run_in(Path::new(env!("CARGO_MANIFEST_DIR")), &["check", "--lang", "zh"]).expect(0);
    assert_snapshot("check-shipped-zh", &check.stdout, &[(r"\d+ 个示例", "<数量> 个示例")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_settings_are_told_by_name_and_stop_the_run_before_it_calls_anybody() {
    let mut hospital = Hospital::new().await;
    let settings = hospital.settings.clone();
    let mut said = String::new();
    for (name, value) in [
        ("TIJIAN_SITE_KEY", None),
        ("TIJIAN_SITE_KEY", Some("bWFya2VyLW9mLWEtc2VjcmV0")),
        ("ZHELIBAN_SECRET", None),
        ("DATABASE_URL", Some("mysql://tijian:marker-of-a-secret@db/tijian")),
    ] {
        hospital.settings = match value {
            None => settings.clone().without(name),
            Some(value) => settings.with(&[(name, value)]),
        };
        let ended = hospital.night(&[]).expect(2);
        assert!(!ended.stderr.contains(value.unwrap_or("simulated-")), "{}", ended.stderr);
        assert!(!ended.stderr.contains("marker-of-a-secret"), "{}", ended.stderr);
        said.push_str(&format!("# {name}\n{}", ended.stderr));
    }
    assert!(hospital.simulator.log().is_empty());
    assert_snapshot("missing-settings", &said, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_out_of_reach_ends_with_75_and_a_hint() {
    let hospital = Hospital::new().await;
    // Nobody listens on port 1.
    let mut command = hospital.tijian();
    command.env("DATABASE_URL", "postgresql://tijian:marker-of-a-secret@127.0.0.1:1/tijian");
    command.arg("run").arg(&hospital.pipeline_file);
    let ended = end(command).expect(75);
    assert!(!ended.stderr.contains("marker-of-a-secret"));
    assert_snapshot("database-out-of-reach", &ended.stderr, &[]);

    // A database that is not there will not come by itself.
    let mut command = tijian(hospital.dir.path());
    command.env("DATABASE_URL", server().database_url("absent")).arg("status");
    assert_snapshot("database-absent", &end(command).expect(1).stderr, &[]);
}
