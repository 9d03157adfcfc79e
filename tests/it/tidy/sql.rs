//! Where SQL may stand, and how its files are named and opened.

use std::collections::BTreeSet;

use super::assert_none;
use super::source::{files, read, sources};

/// SQL outside `warehouse/`: file, statement, reason.
const SQL_ELSEWHERE: [(&str, &str, &str); 4] = [
    ("src/engine/script.rs", "a file of sql/", "sql/lake/ is for another engine; our server never sees it"),
    ("src/local_postgres/cluster.rs", "create database", "a new server has no database to connect to"),
    ("src/cli/db.rs", "select from", "the help page's example of a question to ask"),
    ("src/cli/demo_summary.rs", "select from", "printed for the reader to try"),
];

/// What a string literal is taken for SQL by: these words in a row, or with anything between them where `…` stands.
const STATEMENTS: [&str; 21] = [
    "select … from",
    "insert into",
    "update … set",
    "delete from",
    "merge into",
    "create database",
    "create schema",
    "create table",
    "create temp",
    "create index",
    "create view",
    "create role",
    "alter table",
    "alter role",
    "alter database",
    "drop table",
    "drop database",
    "drop schema",
    "truncate table",
    "copy … from stdin",
    "copy … to stdout",
];

/// The statement that a literal holds, if any.
pub(super) fn statement(literal: &str) -> Option<&'static str> {
    let text = literal.to_lowercase().replace("\\n", " ");
    let words: Vec<&str> =
        text.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_').filter(|word| !word.is_empty()).collect();
    STATEMENTS.into_iter().find(|statement| {
        let mut from = 0;
        statement.split(" … ").all(|part| {
            let part: Vec<&str> = part.split(' ').collect();
            let found = words[from..].windows(part.len()).position(|window| window == part);
            from += found.map_or(0, |at| at + part.len());
            found.is_some()
        })
    })
}

/// Invariant: Every module stays in its layer, verbs stay pure, SQL stays in the warehouse.
#[test]
fn sql_stands_in_warehouse_only() {
    let mut problems = Vec::new();
    let mut used = BTreeSet::new();
    for source in sources().iter().filter(|source| source.module() != "warehouse") {
        for (line, literal) in source.strings() {
            let found = if literal.contains("/sql/") { Some("a file of sql/") } else { statement(literal) };
            let Some(found) = found else { continue };
            let allowed = SQL_ELSEWHERE
                .iter()
                .position(|(path, allowed, _)| *path == source.path && *allowed == found.replace(" … ", " "));
            match allowed {
                Some(at) => drop(used.insert(at)),
                None => problems.push(format!("{}:{line}: {found}", source.path)),
            }
        }
    }
    assert_none(
        problems,
        "give the statement a file in sql/ and the warehouse a function; SQL is built and run there only",
    );
    let stale = (0..SQL_ELSEWHERE.len()).filter(|at| !used.contains(at)).map(|at| SQL_ELSEWHERE[at].0.to_owned());
    assert_none(stale.collect(), "take the exception out of SQL_ELSEWHERE: nothing needs it any more");
}

#[test]
fn every_statement_file_is_used_and_says_its_purpose() {
    let sources = sources();
    let literals: BTreeSet<&str> = sources
        .iter()
        .filter(|source| source.module() == "warehouse")
        .flat_map(|source| source.strings())
        .map(|(_, literal)| literal.trim_matches('"'))
        .collect();
    let mut problems = Vec::new();
    // The examples are for analysts to run: a test of their own does. What is for another engine is listed by that.
    const OTHERS: [&str; 3] = ["sql/migrations/", "sql/examples/", "sql/lake/"];
    let is_ours = |file: &&String| !OTHERS.iter().any(|folder| file.starts_with(folder));
    for file in files("sql", ".sql").iter().filter(is_ours) {
        let name = file.trim_start_matches("sql/").trim_end_matches(".sql");
        // Checks are listed by their names alone.
        if !literals.contains(name) && !literals.contains(name.trim_start_matches("checks/")) {
            problems.push(format!("{file}: no statement of src/warehouse is made of it"));
        }
        if !read(file).starts_with("-- ") {
            problems.push(format!("{file}: does not open with a `--` header"));
        }
    }
    assert_none(problems, "use the file or delete it; its header says purpose and idempotency");
}

#[test]
fn migrations_are_named_by_number_and_deed() {
    let mut problems = Vec::new();
    for (file, expected) in files("sql/migrations", ".sql").iter().zip(1..) {
        let name = file.trim_start_matches("sql/migrations/").trim_end_matches(".sql");
        let is_right = name.split_once("__").is_some_and(|(number, deed)| {
            number == format!("V{expected:04}")
                && !deed.is_empty()
                && deed.chars().all(|sign| sign.is_ascii_lowercase() || sign == '_')
        });
        if !is_right {
            problems.push(format!("{file}: should be V{expected:04}__<deed>.sql in lower case"));
        }
        if !read(file).starts_with("-- ") {
            problems.push(format!("{file}: does not open with a `--` header"));
        }
    }
    assert_none(problems, "migrations count up without gaps and are never renamed once landed");
}
