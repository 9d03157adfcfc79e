//! The architecture, held against the code: here the files, their sizes and names; below, one file for each kind of rule.
//!
//! A rule that fails says what to do. A rule that is wrong is changed here, with its reason, in the same commit.

mod circles;
mod codes;
mod comments;
mod invariants;
mod layers;
mod packages;
mod pages;
mod remedies;
mod safety;
mod source;
mod sql;
mod statements;
mod wording;

use source::{files, read, sources};

/// Longest file of one idea.
const LINES_MAX: usize = 400;

/// A name that says nothing attracts what belongs elsewhere.
const VAGUE_NAMES: [&str; 9] = ["util", "utils", "common", "helper", "helpers", "misc", "shared", "core", "base"];

#[track_caller]
fn assert_none(problems: Vec<String>, what_to_do: &str) {
    assert!(problems.is_empty(), "\n{}\n→ {what_to_do}\n", problems.join("\n"));
}

#[test]
fn every_file_opens_with_what_it_owns() {
    let rust = files("src", ".rs").into_iter().chain(files("tests", ".rs")).chain(["build.rs".to_owned()]);
    let silent = rust.filter(|file| !read(file).starts_with("//! ")).collect();
    assert_none(silent, "open the file with `//!`: what it owns and, where it matters, what it must never do");
}

#[test]
fn files_are_of_one_idea() {
    let rust = ["src", "tests"].into_iter().flat_map(|folder| files(folder, ".rs"));
    let long = rust.filter_map(|file| {
        let lines = read(&file).lines().count();
        (lines > LINES_MAX).then(|| format!("{file}: {lines} lines"))
    });
    assert_none(long.collect(), "split the file where its second idea begins; tests may move to a file of their own");
}

/// Invariant: No input causes a panic.
/// Held by: slices are checked, `unwrap` is linted.
#[test]
fn nothing_that_ships_panics_on_input() {
    let mut problems = Vec::new();
    for source in sources() {
        for (at, token) in source.tokens.iter().enumerate() {
            let is_call = source.is_sign(at.wrapping_sub(1), '.') && source.is_sign(at + 1, '(');
            let is_macro = source.is_sign(at + 1, '!');
            let found = match source.word(at) {
                Some(word @ ("unwrap" | "unwrap_err")) if is_call => word,
                Some(word @ ("panic" | "todo" | "unreachable" | "unimplemented" | "dbg")) if is_macro => word,
                _ => continue,
            };
            problems.push(format!("{}:{}: {found}", source.path, token.line));
        }
    }
    assert_none(problems, "return an error, or say the invariant with `expect`");
}

#[test]
fn names_say_what_is_inside() {
    let all = ["src", "tests", "sql", "pipelines", "deploy", "docs"].into_iter().flat_map(|folder| files(folder, ""));
    let vague = all.filter(|file| {
        let stems = file.split('/').map(|part| part.split('.').next().unwrap());
        stems.into_iter().any(|stem| VAGUE_NAMES.contains(&stem))
    });
    assert_none(vague.collect(), "name the file after the one idea that it holds");
}
