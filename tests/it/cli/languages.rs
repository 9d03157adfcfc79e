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
fn a_failure_in_chinese_holds_no_english_sentence_but_what_the_system_says() {
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
        // What PostgreSQL or the system says stands behind "because", or between the words of our own.
        let ours = said.lines().filter(|line| !line.starts_with("  原因：") && !line.contains("os error"));
        for line in ours {
            assert!(!has_english(line), "{arguments:?}: {line}");
        }
    }
}
