//! Exit statuses as a scheduler sees them, for one account and for several.

use tijian::simulator::{Endpoint, Fault, GeneratorOptions, SimulatorOptions};
use tijian::warehouse::AccountSession;

use crate::support::{Ended, Hospital, TestDatabase, end, record, run_in};

/// By rank: of several accounts, the first one here decides.
const RANKED: [i32; 7] = [2, 1, 75, 5, 4, 3, 0];

/// A hospital with something to deliver.
async fn hospital(account: &str) -> Hospital {
    let generator = GeneratorOptions { reservations: 3, ..Default::default() };
    let options = SimulatorOptions { generator, ..Default::default() };
    Hospital::of(TestDatabase::create().await, account, options).await
}

/// Sets the hospital up so that its next run, in the warehouse of `main`, ends with `code`. The answer holds the
/// account's lock where one is needed.
async fn set_up(hospital: &mut Hospital, main: &TestDatabase, code: i32) -> Option<AccountSession> {
    let simulator = &hospital.simulator;
    match code {
        2 => hospital.redefine(|text| text.replace("ZHELIBAN_AES_KEY", "NOT_SET_ANYWHERE")),
        1 => simulator.arm(Endpoint::Order, Fault::ExpiredToken, 1),
        // As often as the pipeline tries.
        75 => simulator.arm(Endpoint::Order, Fault::Http(503), 2),
        5 => return main.warehouse.lock_account(&hospital.pipeline.account).await.unwrap(),
        4 => simulator.arm(Endpoint::Callback, Fault::Http(503), 10),
        3 => simulator.insert_records(vec![record("BAD-1", r#""orderStatus":9"#)]),
        _ => {}
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn every_outcome_has_its_exit_code_and_of_several_the_highest_ranking_one_wins() {
    let main = TestDatabase::create().await;
    let mut worse: Option<Hospital> = None;
    for code in RANKED {
        let mut hospital = hospital(&format!("ends-with-{code}")).await;
        let mut command = hospital.tijian();
        command.env("DATABASE_URL", &main.url).args(["run", "--output", "json"]);
        let mut expected = vec![code];
        // The account with the next higher rank runs first, fails again, and keeps nobody from running.
        let mut locks = Vec::new();
        if let Some(worse) = &mut worse {
            let code = RANKED[RANKED.iter().position(|ranked| *ranked == code).unwrap() - 1];
            locks.push(set_up(worse, &main, code).await);
            command.arg(&worse.pipeline_file);
            expected.insert(0, code);
        }
        locks.push(set_up(&mut hospital, &main, code).await);
        command.arg(&hospital.pipeline_file);
        let ended = end(command).expect(expected[0]);

        let document = ended.json();
        let runs = document["runs"].as_array().unwrap();
        let codes: Vec<i64> = runs.iter().map(|run| run["exit_code"].as_i64().unwrap()).collect();
        assert_eq!(codes, expected.iter().map(|code| i64::from(*code)).collect::<Vec<_>>());
        let own = runs.last().unwrap();
        assert_eq!(own["delivery"].is_null(), !matches!(code, 0 | 3 | 4), "{own}");
        assert_eq!(own["error"].is_null(), matches!(code, 0 | 3 | 4), "{own}");
        assert_eq!(own["code"].as_str().is_some_and(|code| code.starts_with("TJ-")), own["error"].is_string(), "{own}");
        worse = Some(hospital);
    }
    main.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_name_every_enabled_pipeline_runs() {
    let hospital = hospital("enabled").await;
    let pipelines = hospital.dir.path().join("pipelines");
    std::fs::create_dir(&pipelines).unwrap();
    let text = std::fs::read_to_string(&hospital.pipeline_file).unwrap();
    let disabled = text.replace("account = \"enabled\"", "account = \"disabled\"\nenabled = false");
    std::fs::write(pipelines.join("a.toml"), &disabled).unwrap();
    std::fs::write(pipelines.join("b.toml"), &text).unwrap();

    let accounts = |ended: Ended| {
        let runs = ended.expect(0).json()["runs"].as_array().unwrap().clone();
        runs.iter().map(|run| run["account"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(accounts(hospital.command(&["run", "--output", "json"])), ["enabled"]);
    // Named, a disabled one runs, too.
    assert_eq!(accounts(hospital.command(&["run", "--output", "json", "pipelines/a.toml"])), ["disabled"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pipelines_of_one_account_are_refused_before_anything_runs() {
    let hospital = hospital("twice").await;
    let file = hospital.pipeline_file.to_str().unwrap();
    let ended = hospital.command(&["run", file, file]).expect(2);
    assert!(ended.stderr.contains("\"twice\" is also the account of"), "{}", ended.stderr);
    assert!(hospital.simulator.log().is_empty());
}

#[test]
fn a_place_to_which_no_page_can_be_written_is_refused_before_anything_else() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().to_str().unwrap();
    let missing = format!("{folder}/missing/page.html");
    for command in ["report", "docs"] {
        for (out, code, words) in [
            (&*missing, "TJ-1070", "create it, or name another place"),
            (folder, "TJ-1071", "is a folder: name a file in it"),
            // Where not even root may write.
            ("/proc/page.html", "TJ-1072", "cannot write into the folder /proc"),
            ("..", "TJ-1071", "is a folder"),
        ] {
            let ended = run_in(dir.path(), &[command, "--out", out]).expect(2);
            assert!(ended.stderr.contains(code) && ended.stderr.contains(words), "{command} {out}: {}", ended.stderr);
        }
        let ended = run_in(dir.path(), &["--lang", "zh", command, "--out", &missing]).expect(2);
        assert!(ended.stderr.contains("请先创建"), "{}", ended.stderr);
    }
}

#[test]
fn a_simulator_that_cannot_be_had_so_is_a_wrong_use() {
    let dir = tempfile::tempdir().unwrap();
    for (arguments, words) in [
        (["--aes-key", "short"], "the AES key of the simulator (--aes-key) cannot be used"),
        (["--listen", "0.0.0.0:0"], "--allow-remote"),
        (["--changes", "7"], "--changes"),
    ] {
        let ended = run_in(dir.path(), &[&["simulate"], &arguments[..]].concat()).expect(2);
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
}

#[test]
fn arguments_that_cannot_be_read_are_told_in_chinese_too() {
    let dir = tempfile::tempdir().unwrap();
    for (arguments, words) in [
        (&["simulate", "--latency", "10"][..], "请写整数加单位"),
        (&["simulate", "--fault", "order=sunshine"], "没有这种故障"),
        (&["simulate", "--single-callback", "nothing"], "请写 marks-reservation"),
        (&["reconcile", "list.csv", "--column", "number"], "请写成 字段=列标题"),
        (&["man", "/proc"], "无法写入 <目录> 要用的目录 /proc（"),
        (&["simulate", "--fault", "order"], "请写成 接口=故障 或 接口=故障:次数"),
        (&["run", "--shard", "4/4"], "请写明是第几个分片（从 0 数起）和分片总数"),
        (&["status", "--runs", "0"], "应为 1 至 1000"),
        (&["reconcile", "list.csv", "--from", "soon"], "不是 2026-12-01 这样的日期"),
        (&["db", "serve", "--port", "15432", "--login", "Wall"], "请用小写字母"),
    ] {
        let ended = run_in(dir.path(), &[&["--lang", "zh"], arguments].concat()).expect(2);
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    }
}
