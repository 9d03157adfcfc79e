//! The architecture, held against the code: layers, owners, names, sizes, and where SQL may stand.
//!
//! A rule that fails says what to do. A rule that is wrong is changed here, with its reason, in the same commit.

mod circles;
mod codes;
mod comments;
mod invariants;
mod packages;
mod pages;
mod remedies;
mod safety;
mod source;
mod statements;
mod wording;

use std::collections::BTreeSet;

use source::{Source, files, read, shipped, sources};

/// The rooms of `src/` by the naming law: verbs are pure; places are nouns that own something outside of the program, and do I/O;
/// words are what the others speak in, and pure, too; conductors, named after when they work, know the order of things and how they end.
const VERBS: [&str; 4] = ["reconcile", "seal", "transform", "validate"];
const WORDS: [&str; 4] = ["guidance", "reservation", "rows", "wording"];
const CONDUCTORS: [&str; 3] = ["failure", "night", "upkeep"];
const PLACES: [&str; 16] = [
    "certificates",
    "cli",
    "clock",
    "files",
    "lake",
    "landing",
    "local_postgres",
    "pipeline",
    "plain_files",
    "platform",
    "settings",
    "simulator",
    "spreadsheet",
    "telemetry",
    "warehouse",
    "warehouse_id",
];

/// The rooms that all others stand on, and which of each other these may name.
const FOUNDATION: [(&str, &[&str]); 10] = [
    ("settings", &["pipeline", "guidance", "wording"]),
    ("pipeline", &["reservation", "certificates", "plain_files", "guidance", "wording"]),
    ("reservation", &["wording"]),
    ("rows", &[]),
    ("certificates", &["plain_files", "wording"]),
    ("plain_files", &[]),
    ("guidance", &["wording"]),
    ("wording", &[]),
    ("clock", &[]),
    ("warehouse_id", &["plain_files"]),
];

/// What every other room may name beside the foundation. A name with `::` allows that one thing only.
///
/// Siblings never name each other, with one exception that is the guarantee itself: acknowledging takes a receipt that
/// only the warehouse can make. The simulator speaks the platform's cipher. Who keeps something at rest seals it. Who reads
/// finance's workbooks back reads them as any other.
const LAYERS: [(&str, &[&str]); 19] = [
    ("main", &[]),
    ("lib", &[]),
    (
        "cli",
        &[
            "night",
            "upkeep",
            "failure",
            "platform",
            "landing",
            "validate",
            "transform",
            "reconcile",
            "warehouse",
            "files",
            "lake",
            "seal",
            "spreadsheet",
            "local_postgres",
            "simulator",
            "telemetry",
        ],
    ),
    (
        "upkeep",
        &[
            "night",
            "failure",
            "platform",
            "landing",
            "validate",
            "transform",
            "reconcile",
            "warehouse",
            "files",
            "lake",
            "seal",
            "spreadsheet",
        ],
    ),
    ("night", &["failure", "platform", "landing", "validate", "transform", "warehouse", "files", "lake", "seal"]),
    ("failure", &["platform", "landing", "warehouse", "files", "lake", "seal"]),
    ("platform", &["warehouse::CommitReceipt"]),
    ("landing", &["seal"]),
    ("seal", &[]),
    ("validate", &[]),
    ("transform", &[]),
    ("reconcile", &[]),
    ("spreadsheet", &[]),
    ("warehouse", &["seal"]),
    ("files", &["spreadsheet"]),
    ("lake", &["files"]),
    ("local_postgres", &[]),
    ("simulator", &["platform::cipher"]),
    ("telemetry", &["night::RunReport", "night::STAGE_TARGET"]),
];

/// Crates that one module owns: nothing else knows them. (Of CSV and HTTP there are two: files that we write and read back,
/// and lists that others write; the platform that is played, and monitors that ask.)
const OWNED_CRATES: [(&str, &str); 40] = [
    ("aead_stream", "seal"),
    ("aes", "platform"),
    ("aes_gcm", "seal"),
    ("arrow", "files"),
    ("arrow", "lake"),
    ("axum", "simulator"),
    ("axum", "telemetry"),
    ("calamine", "spreadsheet"),
    ("clap", "cli"),
    ("clap_mangen", "cli"),
    ("comfy_table", "cli"),
    ("compact_str", "reservation"),
    ("csv", "files"),
    ("csv", "spreadsheet"),
    ("csv", "validate"),
    ("deadpool_postgres", "warehouse"),
    ("ecb", "platform"),
    ("encoding_rs", "files"),
    ("encoding_rs", "spreadsheet"),
    ("flate2", "simulator"),
    ("fluent_bundle", "wording"),
    ("hkdf", "seal"),
    ("indicatif", "cli"),
    ("object_store", "lake"),
    ("opentelemetry", "telemetry"),
    ("opentelemetry_otlp", "telemetry"),
    ("opentelemetry_sdk", "telemetry"),
    ("parquet", "files"),
    ("parquet", "lake"),
    ("prometheus", "telemetry"),
    ("refinery", "warehouse"),
    ("rust_xlsxwriter", "files"),
    ("rustls_native_certs", "certificates"),
    ("sd_notify", "telemetry"),
    ("tokio_postgres", "warehouse"),
    ("tokio_postgres_rustls", "warehouse"),
    ("tracing_opentelemetry", "telemetry"),
    ("tracing_subscriber", "cli"),
    ("tracing_subscriber", "telemetry"),
    ("unic_langid", "wording"),
];

/// SQL outside `warehouse/`: file, statement, reason.
const SQL_ELSEWHERE: [(&str, &str, &str); 3] = [
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

/// Longest file of one idea.
const LINES_MAX: usize = 400;

/// A name that says nothing attracts what belongs elsewhere.
const VAGUE_NAMES: [&str; 9] = ["util", "utils", "common", "helper", "helpers", "misc", "shared", "core", "base"];

/// What pure code does not know: waiting, files, the network, the clock.
const IMPURE_WORDS: [&str; 13] = [
    "tokio",
    "async",
    "await",
    "fs",
    "File",
    "net",
    "env",
    "process",
    "thread",
    "Instant",
    "SystemTime",
    "now",
    "open_plain",
];

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

/// What a module may name of the others; nothing for one that is in no table.
fn allowed(module: &str) -> Option<Vec<&'static str>> {
    if let Some((_, allowed)) = FOUNDATION.iter().find(|(name, _)| *name == module) {
        return Some(allowed.to_vec());
    }
    let (_, siblings) = LAYERS.iter().find(|(name, _)| *name == module)?;
    Some(siblings.iter().copied().chain(FOUNDATION.iter().map(|(name, _)| *name)).collect())
}

/// Invariant: Every module stays in its layer, verbs stay pure, SQL stays in the warehouse.
/// Held by: the table of layers in `tests/it/tidy.rs`.
#[test]
fn modules_name_only_what_their_layer_allows() {
    let mut problems = Vec::new();
    for source in sources() {
        let module = source.module();
        let Some(allowed) = allowed(module) else {
            problems.push(format!("{}: {module} has no row in the table of layers", source.path));
            continue;
        };
        for (line, path) in source.crate_paths() {
            let path = path.join("::");
            let is_within = |allowed: &str| path == allowed || path.starts_with(&format!("{allowed}::"));
            if !is_within(module) && !allowed.iter().any(|allowed| is_within(allowed)) {
                problems.push(format!("{}:{line}: {module} names {path}", source.path));
            }
        }
    }
    assert_none(
        problems,
        "pass the thing in as an argument, or move the word that both need down to reservation; siblings stay apart",
    );
}

#[test]
fn layers_name_modules_that_exist() {
    let modules: BTreeSet<String> = sources().iter().map(|source| source.module().to_owned()).collect();
    let rows = FOUNDATION.iter().chain(&LAYERS);
    let named = rows.flat_map(|(module, allowed)| allowed.iter().chain([module]));
    let gone = named.map(|name| name.split("::").next().unwrap_or(name)).filter(|name| !modules.contains(*name));
    assert_none(gone.map(str::to_owned).collect(), "take the module out of the table of layers");
}

#[test]
fn crates_stay_with_their_owner() {
    let mut problems = Vec::new();
    for source in sources() {
        for (at, token) in source.tokens.iter().enumerate() {
            let owners: Vec<&str> = OWNED_CRATES
                .iter()
                .filter(|(name, _)| source.word(at) == Some(*name))
                .map(|(_, owner)| *owner)
                .collect();
            let is_path = source.is_sign(at + 1, ':') && source.is_sign(at + 2, ':');
            let is_root = !source.is_sign(at.wrapping_sub(1), ':');
            if !owners.is_empty() && is_path && is_root && !owners.contains(&source.module()) {
                let name = source.word(at).unwrap_or_default();
                problems.push(format!("{}:{}: {name} is for {} only", source.path, token.line, owners.join(" and ")));
            }
        }
    }
    assert_none(problems, "let the owner offer what is needed, in words of our own");
}

/// Invariant: Every module stays in its layer, verbs stay pure, SQL stays in the warehouse.
#[test]
fn every_room_follows_the_naming_law() {
    let sources = sources();
    let mut problems = Vec::new();
    let rooms: BTreeSet<&str> =
        sources.iter().map(Source::module).filter(|room| !["main", "lib"].contains(room)).collect();
    for room in rooms {
        let words: Vec<(&Source, usize)> = sources
            .iter()
            .filter(|source| source.module() == room)
            .flat_map(|source| (0..source.tokens.len()).map(move |at| (source, at)))
            .filter(|(source, at)| source.word(*at).is_some_and(|word| IMPURE_WORDS.contains(&word)))
            .collect();
        match () {
            () if VERBS.contains(&room) || WORDS.contains(&room) => {
                problems.extend(words.iter().map(|(source, at)| {
                    let word = source.word(*at).unwrap_or_default();
                    format!("{}:{}: {word} in a pure room", source.path, source.tokens[*at].line)
                }))
            }
            () if CONDUCTORS.contains(&room) => {}
            () if PLACES.contains(&room) && words.is_empty() => {
                problems.push(format!("{room} does no I/O: is it a verb, or a word?"));
            }
            () if PLACES.contains(&room) => {}
            () => problems.push(format!("{room} is neither verb, word, place nor conductor")),
        }
    }
    assert_none(problems, "read it in night and hand it in as a value: the same inputs give the same history, always");
}

/// The statement that a literal holds, if any.
fn statement(literal: &str) -> Option<&'static str> {
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
    // The examples are for analysts to run: a test of their own does.
    let is_ours = |file: &&String| !file.starts_with("sql/migrations/") && !file.starts_with("sql/examples/");
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

#[test]
fn files_are_of_one_idea() {
    let mut problems = Vec::new();
    for Source { path, text, .. } in sources() {
        let lines = text.lines().count();
        if lines > LINES_MAX {
            problems.push(format!("{path}: {lines} lines"));
        }
    }
    assert_none(problems, "split the file where its second idea begins; tests may move to a file of their own");
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

/// The rules above are as good as what they read.
#[test]
fn tokens_are_read_without_comments_and_tests() {
    let text = r#"
        //! crate::in_a_comment
        use crate::{a::{b, c as d}, e};
        /// crate::in_documentation "select x from y"
        #[error("create database")]
        fn f() { super::super::g(); super::h(); crate::i::J::<K>::new(".unwrap()") }
        #[cfg(test)]
        mod tests { use crate::in_a_test; }
        #[cfg(test)]
        mod more_tests;
    "#;
    let (tokens, test_modules) = shipped(text);
    let source = Source { path: "src/x/y.rs".into(), text: text.into(), tokens };
    let paths: Vec<String> = source.crate_paths().into_iter().map(|(_, path)| path.join("::")).collect();
    assert_eq!(paths, ["a::b", "a::c", "e", "g", "x::h", "i::J"]);
    let strings: Vec<_> = source.strings().collect();
    assert_eq!(strings, [(5, "\"create database\""), (6, "\".unwrap()\"")]);
    assert_eq!(test_modules, ["more_tests"]);
    assert_eq!(source.module(), "x");

    assert_eq!(statement("\"Select 1,\\n 2 from t\""), Some("select … from"));
    assert_eq!(statement("\"updates what was set\""), None);
    assert_eq!(statement("\"copy t (a) from stdin\""), Some("copy … from stdin"));
}
