//! Help pages, completions, and what is said to a wrong command line.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{assert_snapshot, end, run_in, tijian};

/// What precedes a command that is to speak English, or Chinese, and how its help pages are read.
struct Speech {
    options: &'static [&'static str],
    commands: &'static str,
    example: &'static str,
}

const ENGLISH: Speech = Speech { options: &[], commands: "Commands:", example: "\nExample" };
const CHINESE: Speech = Speech { options: &["--lang", "zh"], commands: "命令：", example: "\n示例：" };

/// The commands that a help page lists, without `help` itself.
fn commands(page: &str, speech: &Speech) -> Vec<String> {
    page.lines()
        .skip_while(|line| *line != speech.commands)
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .filter(|name| name != "help")
        .collect()
}

/// Appends the help page of a command and those of its own commands.
fn append_pages(book: &mut String, command: &[String], speech: &Speech) {
    let mut arguments = speech.options.to_vec();
    arguments.extend(command.iter().map(String::as_str));
    arguments.push("--help");
    let page = run_in(Path::new("/"), &arguments).expect(0);
    assert_eq!(page.stderr, "");
    book.push_str(&format!("$ tijian {}\n{}\n", arguments.join(" "), page.stdout));
    let inner = commands(&page.stdout, speech);
    if inner.is_empty() {
        assert!(page.stdout.contains(speech.example), "the help of {command:?} has no example");
    }
    for name in inner {
        append_pages(book, &[command, &[name]].concat(), speech);
    }
}

#[test]
fn every_command_has_a_help_page_with_an_example() {
    let mut book = String::new();
    append_pages(&mut book, &[], &ENGLISH);
    assert_snapshot("help", &book, &[]);
}

#[test]
fn every_help_page_is_there_in_chinese() {
    let mut book = String::new();
    append_pages(&mut book, &[], &CHINESE);
    for theirs in ["Usage", "Options", "OPTIONS", "Arguments", "Commands", "default:", "possible values", "Print "] {
        assert!(!book.contains(theirs), "{theirs}: in English");
    }
    assert_snapshot("help-zh", &book, &[]);
}

#[test]
fn help_is_the_same_however_it_is_asked_for() {
    let page = |arguments: &[&str]| run_in(Path::new("/"), arguments).expect(0).stdout;
    for speech in [ENGLISH, CHINESE] {
        let asked = |arguments: &[&str]| page(&[speech.options, arguments].concat());
        assert_eq!(asked(&["run", "-h"]), asked(&["run", "--help"]));
        assert_eq!(asked(&["help", "run"]), asked(&["run", "--help"]));
        assert_eq!(asked(&["help", "finance", "month"]), asked(&["finance", "month", "-h"]));
        assert_eq!(asked(&["-V"]), asked(&["--version"]));
    }
    for (locale, speech) in [("C", ENGLISH), ("zh_CN.UTF-8", CHINESE)] {
        let mut command = tijian(Path::new("/"));
        command.env("LC_ALL", locale);
        let nothing = end(command).expect(2);
        assert_eq!((nothing.stdout.as_str(), nothing.stderr), ("", page(&[speech.options, &["--help"]].concat())));
    }
}

/// The name of a command's manual page and those of its own commands.
fn page_names(command: &[String], names: &mut BTreeSet<String>) {
    let arguments: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
    let page = run_in(Path::new("/"), &arguments).expect(0).stdout;
    names.insert([&["tijian".to_owned()], command].concat().join("-") + ".1");
    for name in commands(&page, &ENGLISH) {
        page_names(&[command, &[name]].concat(), names);
    }
}

/// That a manual page renders without a warning is tried where there is `man`: `tests/package/try.sh`.
#[test]
fn every_command_has_a_manual_page_with_its_example() {
    for (speech, example, commands, other) in [
        (&ENGLISH, "\n.SH EXAMPLE", "\n.SH SUBCOMMANDS\n", "\n.SH 名称\n"),
        (&CHINESE, "\n.SH 示例\n", "\n.SH 命令\n", "\n.SH NAME\n"),
    ] {
        manual_pages(speech, example, commands, other);
    }
}

fn manual_pages(speech: &Speech, example: &str, commands: &str, other: &str) {
    let folder = tempfile::tempdir().unwrap();
    run_in(folder.path(), &[&["man", "."], speech.options].concat()).expect(0);
    let mut expected = BTreeSet::new();
    page_names(&[], &mut expected);
    let mut written = BTreeSet::new();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let page = fs::read_to_string(entry.path()).unwrap();
        let name = entry.file_name().into_string().unwrap();
        assert!(page.contains(example) || page.contains(commands), "{name} has no example");
        assert!(!page.contains(other), "{name} is in two languages");
        assert!(page.contains("\n.TH "), "{name} has no title");
        written.insert(name);
    }
    assert_eq!(written, expected);
}

const WRONG: [&[&str]; 24] = [
    &["frobnicate"],
    &["run", "--output", "yaml"],
    &["run", "-v", "-q"],
    &["status", "--runs", "0"],
    &["completions"],
    &["simulate", "--fault", "order=sunshine"],
    &["simulate", "--latency", "10"],
    &["simulate", "--changes", "some"],
    &["simulate", "--listen", "here"],
    &["simulate", "--batch-callback", "marks-everything"],
    &["status", "--runs", "seven"],
    &["run", "--watchh", "5m"],
    &["run", "--watch", "25h"],
    &["run", "--watch"],
    &["run", "--verbose=3"],
    &["run", "--output", "text", "--output", "json"],
    &["arrive", "--from", "list.csv", "--serial-number", "1", "--withdraw", "2"],
    &["reconcile", "list.csv", "--column", "name=姓名"],
    &["report", "--out", "report.html", "--from", "yesterday"],
    &["db", "serve", "--port", "15432", "--login", "Wall"],
    &["db", "--", "psql"],
    &["-v"],
    &["help", "--lang", "en"],
    &["help", "db", "--verbose"],
];

/// Whatever the language, and wherever the option is.
#[test]
fn a_wrong_command_line_is_one_line_of_a_log_in_json() {
    for (wrong, code, words) in [
        (&["run", "--log-format", "json", "--nope"][..], "TJ-1001", "--nope"),
        (&["run", "--nope", "--log-format=json"], "TJ-1001", "--nope"),
        (&["status", "--runs", "0", "--log-format", "json"], "TJ-1007", "must be from 1 to 1000"),
        (&["run", "--watch", "25h", "--log-format", "json"], "TJ-1007", "write a whole number"),
    ] {
        for language in ["en", "zh"] {
            let ended = run_in(Path::new("/"), &[wrong, &["--lang", language]].concat()).expect(2);
            let line: serde_json::Value = serde_json::from_str(&ended.stderr).expect(&ended.stderr);
            assert_eq!((&line["level"], &line["code"]), (&"ERROR".into(), &code.into()), "{line}");
            let message = line["message"].as_str().unwrap();
            assert!(message.contains(words) && message.is_ascii(), "{message}");
            assert!(line["timestamp"].is_string() && ended.stdout.is_empty(), "{ended:?}");
        }
    }
    let ended = run_in(Path::new("/"), &["run", "--nope", "--", "--log-format", "json"]).expect(2);
    assert!(ended.stderr.starts_with("error TJ-1001: "), "{}", ended.stderr);
}

#[test]
fn a_wrong_command_line_ends_with_2_and_says_what_is_wrong() {
    for (speech, snapshot) in [(ENGLISH, "usage-errors"), (CHINESE, "usage-errors-zh")] {
        let mut said = String::new();
        for wrong in WRONG {
            let arguments = [speech.options, wrong].concat();
            let ended = run_in(Path::new("/"), &arguments).expect(2);
            assert_eq!(ended.stdout, "");
            said.push_str(&format!("$ tijian {}\n{}\n", arguments.join(" "), ended.stderr));
        }
        match snapshot {
            "usage-errors" => assert_snapshot("usage-errors", &said, &[]),
            _ => assert_snapshot("usage-errors-zh", &said, &[]),
        }
    }
}

#[test]
fn the_version_is_that_of_the_package_with_the_commit_that_the_packager_named() {
    let ended = run_in(Path::new("/"), &["--version"]).expect(0);
    let commit = option_env!("TIJIAN_COMMIT").map(|commit| format!(" ({commit})")).unwrap_or_default();
    assert_eq!(ended.stdout, format!("tijian {}{commit}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_completion_script_is_one_that_bash_can_read() {
    let script = run_in(Path::new("/"), &["completions", "bash"]).expect(0).stdout;
    assert!(script.contains("complete -F _tijian"));
    let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    bash.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = bash.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
