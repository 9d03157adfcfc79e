//! What a run prints: data on standard output, logs on standard error, each in the form that was asked for.

use chrono::{DateTime, FixedOffset, NaiveDateTime, SubsecRound, Utc};
use serde_json::Value;
use tijian::simulator::{Endpoint, Fault, GeneratorOptions};

use crate::support::{Hospital, assert_snapshot, record};

/// The keys that `run --output json` is known for outside.
const KEYS: [&str; 12] = [
    "account",
    "delivery",
    "received",
    "accepted",
    "rejected",
    "unchanged",
    "opened",
    "closed",
    "acknowledged",
    "pending",
    "exported",
    "seconds",
];

async fn hospital() -> Hospital {
    let hospital = Hospital::with_reservations(GeneratorOptions { reservations: 20, ..Default::default() }).await;
    hospital.simulator.insert_records(vec![record("BAD-1", r#""name":"一二三四五六七八九十一二三四五六七八九十一""#)]);
    hospital
}

/// Log lines in JSON form.
fn lines(log: &str) -> Vec<Value> {
    log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_of_a_run_is_a_line_per_account() {
    let hospital = hospital().await;
    let first = hospital.night(&[]).expect(3);
    let second = hospital.night(&[]).expect(3);
    let seconds = [(r" \d+\.\d ", " <s> ")];
    assert_snapshot("run-text", &format!("{}\n{}", first.stdout, second.stdout), &seconds);
    let times = [(r"file=\S+", "file=<file>"), (r"bytes=\d+", "bytes=<number>")];
    let third = hospital.night(&["--lang", "zh"]).expect(3);
    assert_snapshot("run-text-zh", &third.stdout, &seconds);
    // Files are written side by side, and while the marts are refreshed: any of them may be done first.
    let mut log: Vec<&str> = first.stderr.lines().collect();
    log.sort_by_key(|line| line.split_once(": exported ").map(|(_, file)| file));
    assert_snapshot("run-log", &log.join("\n"), &times);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_for_people_is_in_beijing_time_and_one_for_programs_in_utc() {
    let hospital = Hospital::new().await;
    let begin = Utc::now().trunc_subsecs(0);
    let is_now = |time: DateTime<FixedOffset>| (begin..=Utc::now()).contains(&time.to_utc());
    // In either language: logs have one.
    for language in ["en", "zh"] {
        let log = hospital.night(&["--lang", language]).expect(0).stderr;
        for line in log.lines() {
            let (time, said) = NaiveDateTime::parse_and_remainder(line, "%Y-%m-%d %H:%M:%S").unwrap();
            assert!(said.starts_with(" +08:00  INFO "), "{line}");
            assert!(is_now(time.and_local_timezone(FixedOffset::east_opt(8 * 3600).unwrap()).unwrap()), "{line}");
        }
        assert!(log.contains(" INFO this is the warehouse's database"), "{log}");
    }
    for line in lines(&hospital.night(&["--log-format", "json"]).expect(0).stderr) {
        let time = line["timestamp"].as_str().unwrap();
        assert!(time.ends_with('Z') && is_now(time.parse().unwrap()), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_json_of_a_run_is_one_document_that_adds_up() {
    let hospital = hospital().await;
    for expected in [(21, 20, 1), (1, 0, 1)] {
        let document = hospital.night(&["--output", "json"]).expect(3).json();
        assert_eq!(document.as_object().unwrap().keys().collect::<Vec<_>>(), ["database", "runs"]);
        let [run] = &document["runs"].as_array().unwrap()[..] else { panic!("{document}") };
        let missing: Vec<_> = KEYS.into_iter().filter(|key| run.get(key).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
        let count = |key: &str| run[key].as_u64().unwrap_or_else(|| panic!("{key}: {run}"));
        assert_eq!((count("received"), count("accepted"), count("rejected")), expected);
        assert_eq!(count("accepted"), count("opened") + count("unchanged"));
        assert_eq!(count("acknowledged"), count("accepted"), "one by one: the batch holds a refused record");
        for path in run["exported"].as_array().unwrap() {
            assert!(std::path::Path::new(path.as_str().unwrap()).is_file(), "{path}");
        }
        let seconds = run["seconds"].as_object().unwrap();
        assert!(seconds.contains_key("pull") && seconds.contains_key("load"), "{run}");
        assert!(seconds.values().all(|seconds| seconds.as_f64().is_some_and(|seconds| seconds >= 0.0)), "{run}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_of_a_json_log_is_json_also_where_the_run_fails() {
    let hospital = hospital().await;
    let good = lines(&hospital.night(&["--log-format", "json"]).expect(3).stderr);
    assert!(good.iter().any(|line| line["message"] == "delivery committed" && line["received"] == 21), "{good:?}");
    assert_eq!(good[0]["message"], "this is the warehouse's database");
    assert!(good[1..].iter().all(|line| line["span"]["account"] == "demo"), "whose line it is: {good:?}");

    hospital.simulator.arm(Endpoint::Order, Fault::Http(503), 2);
    let failed = lines(&hospital.night(&["--log-format", "json"]).expect(75).stderr);
    let error = failed.iter().find(|line| line["level"] == "ERROR").unwrap_or_else(|| panic!("{failed:?}"));
    assert_eq!(error["account"], "demo");
    assert_eq!(error["message"], "the platform answered /reservation/sync/order with HTTP status 503");
    assert_eq!(error["code"], "TJ-2008");
    for line in good.iter().chain(&failed) {
        for key in ["timestamp", "level", "message", "target"] {
            assert!(line[key].is_string(), "{key}: {line}");
        }
    }

    let wrong = lines(&hospital.command(&["--log-format", "json", "run", "absent.toml"]).expect(2).stderr);
    assert!(wrong[0]["message"].as_str().unwrap().starts_with("absent.toml: cannot be read"), "{wrong:?}");
    assert!(wrong[0]["what_to_do"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_run_says_only_what_went_wrong_and_a_verbose_one_more_than_usual() {
    let hospital = hospital().await;
    let verbose = hospital.night(&["-v"]).expect(3);
    assert!(verbose.stderr.contains("DEBUG") && verbose.stderr.contains("delivery committed"), "{}", verbose.stderr);
    let usual = hospital.night(&[]).expect(3);
    assert!(usual.stderr.contains("delivery committed") && !usual.stderr.contains("DEBUG"), "{}", usual.stderr);

    let quiet = hospital.night(&["-q"]).expect(3);
    assert_eq!(quiet.stderr, "");
    assert!(quiet.stdout.contains("some in quarantine"));
    hospital.simulator.arm(Endpoint::Order, Fault::ExpiredToken, 1);
    let failed = hospital.night(&["-q"]).expect(1);
    assert_snapshot("run-refused", &failed.stderr, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_said_of_a_reader_that_has_seen_enough() {
    let hospital = hospital().await;
    hospital.night(&[]).expect(3);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = hospital.tijian();
    let ended = command.arg("status").stdout(writer).output().unwrap();
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "");
    assert_eq!(ended.status.code(), Some(1), "the status still says that the output is not whole");
}

/// The codes of error lines in text form.
fn told_codes(log: &str) -> Vec<String> {
    let codes = log.lines().filter_map(|line| line.strip_prefix("error ")?.split_once(':'));
    codes.map(|(code, _)| code.to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_command_names_its_code_in_every_form() {
    let hospital = hospital().await;
    hospital.night(&[]).expect(3);
    let list = hospital.command(&["quarantine", "list", "--output", "json"]).expect(0).json();
    let record = list["rejections"][0]["rejection_id"].to_string();
    let file = hospital.pipeline_file.to_str().unwrap();
    let _lock = hospital.database.warehouse.lock_account(&hospital.pipeline.account).await.unwrap().unwrap();
    let mut seen = Vec::new();
    for (arguments, entries) in [
        (&["run", file][..], "runs"),
        (&["arrive", file], "accounts"),
        (&["recover", file], "recoveries"),
        (&["quarantine", "retry", &record, file], "retries"),
        (&["quarantine", "discard", &record, "--yes", file], "discards"),
    ] {
        let codes = told_codes(&hospital.command(arguments).expect(5).stderr);
        let [code] = &codes[..] else { panic!("{arguments:?}: {codes:?}") };
        let ended = hospital.command(&[arguments, &["--output", "json", "--log-format", "json"]].concat()).expect(5);
        let entry = &ended.json()[entries][0];
        assert!(entry["code"] == **code && entry["error"].is_string(), "{arguments:?}, {code}: {entry}");
        let logged = lines(&ended.stderr).into_iter().filter(|line| line["level"] == "ERROR");
        assert_eq!(logged.map(|line| line["code"].clone()).collect::<Vec<_>>(), [&**code], "{arguments:?}");
        seen.push(code.clone());
    }
    assert!(seen.iter().all(|code| code.starts_with("TJ-60")), "{seen:?}");

    // Before any account is reached, and each problem of several.
    let bad = hospital.dir.path().join("bad.toml");
    std::fs::write(&bad, "version = 1\nenabled = 1\ncolour = 2\n").unwrap();
    let bad = bad.to_str().unwrap();
    for (arguments, status) in [
        (&["run", bad][..], 2),
        (&["export", bad], 2),
        (&["replay", "absent.toml"], 2),
        (&["status", "--private-server"], 2),
        (&["finance", "month", "2026"], 2),
        (&["quarantine", "retry"], 2),
    ] {
        let told = told_codes(&hospital.command(arguments).expect(status).stderr);
        assert!(!told.is_empty(), "{arguments:?}");
        let log = hospital.command(&[arguments, &["--log-format", "json"]].concat()).expect(status).stderr;
        let logged: Vec<Value> = lines(&log).into_iter().map(|line| line["code"].clone()).collect();
        assert_eq!(logged, told, "{arguments:?}");
    }
}
