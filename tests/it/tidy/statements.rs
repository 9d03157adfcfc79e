//! Statements: each fits the schema, as the server itself says, and is run in one place, where its values are read by name.

use std::collections::BTreeSet;

use tokio_postgres::{Client, Transaction};

use super::assert_none;
use super::source::{Source, files, read, sources};
use super::sql::statement;
use crate::support::TestDatabase;

/// The only file that asks the server anything.
const DOOR: &str = "src/warehouse/statement.rs";

/// Calls of `tokio_postgres` and `deadpool_postgres` that reach the server.
const SERVER_CALLS: [&str; 18] = [
    "batch_execute",
    "bind",
    "build_transaction",
    "copy_in",
    "copy_out",
    "execute",
    "execute_raw",
    "prepare",
    "prepare_cached",
    "prepare_typed",
    "query",
    "query_one",
    "query_opt",
    "query_portal",
    "query_raw",
    "query_typed",
    "simple_query",
    "transaction",
];

/// SQL in the strings of `src/warehouse/`: file, statement, reason.
const SQL_IN_STRINGS: [(&str, &str, &str); 1] =
    [("src/warehouse/checks.rs", "select … from", "counts the rows of a statement of sql/checks/")];

/// The warehouse's files but for the door.
fn rooms() -> Vec<Source> {
    let is_meant = |source: &Source| source.module() == "warehouse" && source.path != DOOR;
    sources().into_iter().filter(is_meant).collect()
}

#[test]
fn statements_are_run_in_the_door_only() {
    let mut problems = Vec::new();
    for source in rooms() {
        for (at, token) in source.tokens.iter().enumerate() {
            let Some(word) = source.word(at) else { continue };
            let is_call = source.is_sign(at.wrapping_sub(1), '.') && source.is_sign(at + 1, '(');
            let is_of_errors = word == "WarehouseError" && source.word(at + 3) == Some("query");
            if is_call && SERVER_CALLS.contains(&word) || is_of_errors {
                problems.push(format!("{}:{}: {word}", source.path, token.line));
            }
        }
    }
    assert_none(
        problems,
        "make the statement a constant by sql!, and run it by a function of the door, which blames it",
    );
}

#[test]
fn values_of_rows_are_read_by_name() {
    let mut problems = Vec::new();
    for source in rooms() {
        for (at, token) in source.tokens.iter().enumerate() {
            let is_of_a_row = matches!(source.word(at), Some("get" | "try_get"));
            let argument = argument(&source, at).filter(|_| is_of_a_row);
            if let Some(number) = argument.filter(|argument| argument.starts_with(|sign: char| sign.is_ascii_digit())) {
                problems.push(format!("{}:{}: column {number}", source.path, token.line));
            }
        }
    }
    assert_none(problems, "give the column a name in the statement, and read it by that");
}

/// The first argument of a call, where it is a literal; the types between name and brackets are passed over.
fn argument(source: &Source, name: usize) -> Option<&str> {
    let open = if source.is_sign(name + 1, ':') {
        (name..).take_while(|at| *at < source.tokens.len()).find(|at| source.is_sign(*at, '('))?
    } else {
        name + 1
    };
    source.is_sign(open, '(').then(|| source.literal(open + 1)).flatten()
}

#[test]
fn statements_stand_in_files() {
    let mut problems = Vec::new();
    let mut used = BTreeSet::new();
    for source in rooms() {
        for (line, literal) in source.strings() {
            let Some(found) = statement(literal) else { continue };
            let is_allowed = |(path, allowed, _): &(&str, &str, &str)| *path == source.path && *allowed == found;
            match SQL_IN_STRINGS.iter().position(is_allowed) {
                Some(at) => drop(used.insert(at)),
                None => problems.push(format!("{}:{line}: {found}", source.path)),
            }
        }
    }
    assert_none(problems, "give the statement a file in sql/, in the folder of the room that runs it");
    let stale = (0..SQL_IN_STRINGS.len()).filter(|at| !used.contains(at)).map(|at| SQL_IN_STRINGS[at].0.to_owned());
    assert_none(stale.collect(), "take the exception out of SQL_IN_STRINGS: nothing needs it any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_fits_the_schema() {
    let mut database = TestDatabase::create().await;
    let transaction = begin_as_a_session(&mut database.client).await;
    // Those of `sql/lake/` are for another engine: its own tests run them.
    let is_ours = |file: &String| !file.starts_with("sql/migrations/") && !file.starts_with("sql/lake/");
    let files = files("sql", ".sql").into_iter().filter(is_ours);
    let statements: Vec<(String, String)> = files.map(|file| (code_of(&read(&file)), file)).collect();
    for (code, _) in statements.iter().filter(|(code, _)| makes_a_table_for_others(code)) {
        transaction.batch_execute(code).await.unwrap();
    }
    let mut problems = Vec::new();
    let mut looked_at = 0;
    for (code, file) in statements.iter().filter(|(code, _)| !makes_a_table_for_others(code)) {
        looked_at += 1;
        problems.extend(problem_of(&transaction, code).await.map(|problem| format!("{file}: {problem}")));
    }
    assert!(looked_at > 100, "{looked_at} statements: has sql/ moved?");
    assert_none(problems, "make the statement and the schema fit each other");
}

/// The statements that follow need it, so it stays to the end of the test.
fn makes_a_table_for_others(code: &str) -> bool {
    code.contains("create temp table")
}

/// A transaction with the settings that the program's own have.
async fn begin_as_a_session(client: &mut Client) -> Transaction<'_> {
    client.batch_execute(&read("sql/session/configure_session.sql")).await.unwrap();
    client.transaction().await.unwrap()
}

/// A file without the lines that are comments.
fn code_of(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    lines.join("\n").trim().to_owned()
}

/// What the server has against a statement, and which of its columns nobody could read by name. The transaction is left as
/// it was.
async fn problem_of(transaction: &Transaction<'_>, code: &str) -> Option<String> {
    transaction.batch_execute("savepoint statement").await.unwrap();
    let problem = match code.split_whitespace().next().unwrap_or_default() {
        "select" | "with" | "insert" | "update" | "delete" | "merge" if !holds_several(code) => {
            prepare(transaction, code).await
        }
        "copy" => prepare(transaction, &columns_of_copy(code)).await,
        // These change the transaction itself, and name nothing of the schema.
        "start" | "savepoint" | "release" | "rollback" => prepare(transaction, code).await,
        // The server looks at all others when they are run, and only then.
        _ if code.contains("$1") => Some("takes parameters, and cannot be prepared".to_owned()),
        _ => transaction.batch_execute(code).await.err().map(message),
    };
    transaction.batch_execute("rollback to savepoint statement; release savepoint statement").await.unwrap();
    problem
}

fn holds_several(code: &str) -> bool {
    code.trim_end_matches(';').contains(';')
}

async fn prepare(transaction: &Transaction<'_>, code: &str) -> Option<String> {
    let prepared = match transaction.prepare(code).await {
        Ok(prepared) => prepared,
        Err(error) => return Some(message(error)),
    };
    let mut names = BTreeSet::new();
    let mut columns = prepared.columns().iter().map(|column| column.name());
    let unreadable = columns.find(|name| *name == "?column?" || !names.insert(name.to_owned()))?;
    Some(format!("a column needs a name of its own: {unreadable}"))
}

/// The columns that a COPY fills, as a statement that can be prepared: the server looks at a COPY only when it runs.
fn columns_of_copy(code: &str) -> String {
    let (table, behind) = code.trim_start_matches("copy ").split_once('(').unwrap();
    let (columns, _) = behind.split_once(')').unwrap();
    format!("select {columns} from {table}")
}

fn message(error: tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

/// The rule above is as good as what it finds.
#[tokio::test(flavor = "multi_thread")]
async fn statements_that_do_not_fit_are_found() {
    let mut database = TestDatabase::create().await;
    let transaction = begin_as_a_session(&mut database.client).await;
    for (code, expected) in [
        ("select run.run_id from etl.runs as run where run.account = $1", None),
        ("select run.number from etl.runs as run", Some("column run.number does not exist")),
        ("select $1::text || 'x'", Some("a column needs a name of its own: ?column?")),
        ("select run.run_id, run.run_id from etl.runs as run", Some("a column needs a name of its own: run_id")),
        ("delete from runs where account = $1", Some("relation \"runs\" does not exist")),
        ("copy etl.runs (run_id, number) from stdin binary", Some("column \"number\" does not exist")),
        ("copy etl.runs (run_id, account) from stdin binary", None),
        ("grant select on etl.run to tijian_loader", Some("relation \"etl.run\" does not exist")),
        ("update etl.runs set outcome = null; update etl.runs set number = 1", Some("column \"number\" of relation")),
        ("update etl.runs set outcome = $1; update etl.runs set failure = $1", Some("takes parameters")),
    ] {
        let problem = problem_of(&transaction, &code_of(code)).await.unwrap_or_default();
        assert!(problem.starts_with(expected.unwrap_or_default()), "{code}: {problem}");
        assert_eq!(problem.is_empty(), expected.is_none(), "{code}: {problem}");
    }
}
