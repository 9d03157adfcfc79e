//! In which language the program speaks, and what is the same in both.

use std::path::Path;

use tijian::simulator::{Endpoint, Fault, GeneratorOptions};

use crate::support::{Ended, Hospital, end, record, tijian};

/// Whether it is Chinese that a usage error is in, with these variables and these options.
fn is_chinese(variables: &[(&str, &str)], options: &[&str]) -> bool {
    let mut command = tijian(Path::new("/"));
    for name in ["LC_ALL", "LC_MESSAGES", "LANG"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied()).args(options).arg("frobnicate");
    let said = end(command).expect(2).stderr;
    assert_ne!(said.starts_with("错误 TJ-1002："), said.starts_with("error TJ-1002: "), "{said}");
    said.starts_with("错误")
}

#[test]
fn the_language_is_that_of_the_option_then_of_the_locale_then_english() {
    let english = ("LANG", "en_US.UTF-8");
    let chinese = ("LANG", "zh_CN.UTF-8");
    assert!(!is_chinese(&[], &[]));
    assert!(is_chinese(&[chinese], &[]));
    assert!(is_chinese(&[english, ("LC_ALL", "zh_CN.UTF-8")], &[]), "LC_ALL over LANG");
    assert!(is_chinese(&[english, ("LC_MESSAGES", "zh_CN.UTF-8")], &[]), "LC_MESSAGES over LANG");
    assert!(!is_chinese(&[chinese, ("LC_ALL", "C"), ("LC_MESSAGES", "zh_CN.UTF-8")], &[]));
    assert!(!is_chinese(&[chinese, ("LC_ALL", "zh_CN.UTF-8")], &["--lang", "en"]), "--lang over all");
    assert!(is_chinese(&[english, ("LC_ALL", "C")], &["--lang=zh"]), "--lang over all");
    assert!(!is_chinese(&[("LANG", "zh_CN.GB18030")], &[]), "we print UTF-8, which that terminal does not show");
}

/// Without what differs from one run to the next: times, and counts of bytes.
fn without_digits(text: &str) -> String {
    let mut kept = String::new();
    for sign in text.replace(" seconds", " second").chars() {
        match sign {
            '0'..='9' if kept.ends_with('0') => {}
            '0'..='9' => kept.push('0'),
            sign => kept.push(sign),
        }
    }
    kept
}

#[tokio::test(flavor = "multi_thread")]
async fn what_programs_read_is_the_same_in_both_languages() {
    let hospital = Hospital::with_reservations(GeneratorOptions { reservations: 5, ..Default::default() }).await;
    hospital.simulator.insert_records(vec![record("BAD-1", r#""name":"一二三四五六七八九十一二三四五六七八九十一""#)]);
    hospital.night(&[]).expect(3);
    let file = hospital.pipeline_file.to_str().unwrap();
    let fail = || hospital.simulator.arm(Endpoint::Order, Fault::Http(404), 1);
    let both = |arguments: &[&str], prepare: &dyn Fn()| -> [Ended; 2] {
        ["en", "zh"].map(|language| {
            prepare();
            hospital.command(&[arguments, &["--lang", language]].concat())
        })
    };
    let [english, chinese] = both(&["run", "--output", "json", file], &fail);
    assert_eq!(english.code, chinese.code);
    assert!(english.stdout.contains("HTTP status 404"), "{}", english.stdout);
    assert_eq!(without_digits(&english.stdout), without_digits(&chinese.stdout));
    assert!(chinese.stderr.contains("错误 TJ-"), "{}", chinese.stderr);
    assert!(english.stderr.contains("error TJ-"), "{}", english.stderr);

    for arguments in [&["status", "--output", "json"][..], &["doctor", "--output", "json", file]] {
        let [english, chinese] = both(arguments, &|| {});
        assert_eq!(english.code, chinese.code);
        assert_eq!(without_digits(&english.stdout), without_digits(&chinese.stdout), "{arguments:?}");
    }

    fail();
    let mut log = hospital.command(&["run", "--log-format", "json", "--lang", "zh", file]).stderr;
    log.retain(|sign| ('\u{4e00}'..='\u{9fff}').contains(&sign));
    assert_eq!(log, "", "a log is in English");
}

/// Three English words in a row, which no name of an option, a file or a field is, but a command of ours may be.
fn has_english(line: &str) -> bool {
    let pieces = line.split(|sign: char| !(sign.is_ascii_lowercase() || sign == ' ')).map(str::trim);
    pieces.filter(|piece| !piece.starts_with("tijian ")).any(|piece| piece.split_whitespace().count() > 2)
}

#[test]
fn a_failure_in_chinese_holds_no_english_sentence() {
    assert!(has_english("错误：cannot find it") && !has_english("请执行 tijian db serve，并看 a.toml"));
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    let (none, dead) = ("", "postgresql://nobody@127.0.0.1:9/none");
    for (url, arguments) in [
        (dead, &["status"][..]),
        (dead, &["doctor"]),
        (dead, &["docs", "--out", "page.html"]),
        ("postgresql://nobody@h/none?sslmode=maybe", &["status"]),
        (none, &["status"]),
        (none, &["run"]),
        (none, &["check", "file"]),
        (none, &["erase"]),
        (none, &["db", "serve", "--data-dir", "file"]),
        (none, &["demo", "--dir", "file"]),
        (none, &["finance", "month", "2026"]),
        (none, &["finance", "verify", "file", "--offline"]),
        (none, &["man", "missing"]),
        (none, &["simulate", "--aes-key", "short"]),
        (none, &["status", "--runs", "x"]),
        (none, &["frobnicate"]),
        (none, &["docs", "--out", "/proc/page.html"]),
        (none, &["docs", "--out", "page.html", "--contract", "file/contract"]),
        (none, &["demo", "--dir", "/proc/demo"]),
        (none, &["check", "missing"]),
        (none, &["man", "/proc"]),
    ] {
        let mut command = tijian(dir.path());
        command.args(arguments).args(["--lang", "zh"]);
        if !url.is_empty() {
            command.env("DATABASE_URL", url);
        }
        let ended = end(command);
        assert_ne!(ended.code, 0, "{arguments:?}");
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(!said.trim().is_empty(), "{arguments:?}");
        for line in said.lines() {
            // An error of the system without a number has its English words in brackets.
            let is_cause = line.starts_with("  原因：");
            let line = line.split('（').next().filter(|_| is_cause).unwrap_or(line);
            assert!(!has_english(line), "{arguments:?}: {line}");
        }
    }
}

/// The causes below an error, as the terminal shows them.
fn causes(ended: &Ended, before: &str) -> Vec<String> {
    ended.stderr.lines().filter_map(|line| line.strip_prefix(before)).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_is_down_is_told_in_chinese_without_the_words_of_libraries() {
    let mut hospital = Hospital::new().await;
    hospital.redefine(|text| {
        let is_base = |line: &&str| line.starts_with("base_url");
        let base = text.lines().find(is_base).unwrap().to_owned();
        text.replace(&base, "base_url = \"http://127.0.0.1:9\"")
    });
    let file = hospital.pipeline_file.clone();
    let run = |options: &[&str]| hospital.command(&[&["run", file.to_str().unwrap()], options].concat()).expect(75);
    let chinese = causes(&run(&["--lang", "zh"]), "  原因：");
    assert_eq!(chinese, ["连接被拒绝（os error 111）"]);
    let english = causes(&run(&["--lang", "en"]), "  because: ");
    assert_eq!(english.last().unwrap(), "Connection refused (os error 111)");
    assert_eq!(english[0], "error sending request");

    // Logs are the same in both languages, and keep every word.
    let because = |language| {
        let log = run(&["--log-format", "json", "--lang", language]).stderr;
        let error = log.lines().rfind(|line| line.contains("\"ERROR\"")).unwrap().to_owned();
        serde_json::from_str::<serde_json::Value>(&error).unwrap()["because"].as_str().unwrap().to_owned()
    };
    assert_eq!(because("zh"), english.join(": "));
    assert_eq!(because("en"), english.join(": "));
}
