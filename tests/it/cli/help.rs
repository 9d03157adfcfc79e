//! Help pages, completions, and what is said to a wrong command line.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{assert_snapshot, run_in};

/// The commands that a help page lists, without `help` itself.
fn commands(page: &str) -> Vec<String> {
    page.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .filter(|name| name != "help")
        .collect()
}

/// Appends the help page of a command and those of its own commands.
fn append_pages(book: &mut String, command: &[String]) {
    let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
    arguments.push("--help");
    let page = run_in(Path::new("/"), &arguments).expect(0);
    assert_eq!(page.stderr, "");
    book.push_str(&format!("$ tijian {}\n{}\n", arguments.join(" "), page.stdout));
    let inner = commands(&page.stdout);
    if inner.is_empty() {
        assert!(page.stdout.contains("\nExample"), "the help of {command:?} has no example");
    }
    for name in inner {
        append_pages(book, &[command, &[name]].concat());
    }
}

#[test]
fn every_command_has_a_help_page_with_an_example() {
    let mut book = String::new();
    append_pages(&mut book, &[]);
    assert_snapshot("help", &book, &[]);
}

/// The name of a command's manual page and those of its own commands.
fn page_names(command: &[String], names: &mut BTreeSet<String>) {
    let arguments: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
    let page = run_in(Path::new("/"), &arguments).expect(0).stdout;
    names.insert([&["tijian".to_owned()], command].concat().join("-") + ".1");
    for name in commands(&page) {
        page_names(&[command, &[name]].concat(), names);
    }
}

/// That a manual page renders without a warning is tried where there is `man`: `tests/package/try.sh`.
#[test]
fn every_command_has_a_manual_page_with_its_example() {
    let folder = tempfile::tempdir().unwrap();
    run_in(folder.path(), &["man", "."]).expect(0);
    let mut expected = BTreeSet::new();
    page_names(&[], &mut expected);
    let mut written = BTreeSet::new();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let page = fs::read_to_string(entry.path()).unwrap();
        let name = entry.file_name().into_string().unwrap();
        assert!(page.contains("\n.SH EXAMPLE") || page.contains("\n.SH SUBCOMMANDS"), "{name} has no example");
        assert!(page.contains("\n.TH "), "{name} has no title");
        written.insert(name);
    }
    assert_eq!(written, expected);
}

#[test]
fn a_wrong_command_line_ends_with_2_and_says_what_is_wrong() {
    let mut said = String::new();
    for arguments in [
        &["frobnicate"][..],
        &["run", "--output", "yaml"],
        &["run", "-v", "-q"],
        &["status", "--runs", "0"],
        &["completions"],
        &["db"],
        &["simulate", "--fault", "order=sunshine"],
        &["simulate", "--latency", "10"],
    ] {
        let ended = run_in(Path::new("/"), arguments).expect(2);
        assert_eq!(ended.stdout, "");
        if arguments != ["db"] {
            said.push_str(&format!("$ tijian {}\n{}\n", arguments.join(" "), ended.stderr));
        }
    }
    assert_snapshot("usage-errors", &said, &[]);
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
