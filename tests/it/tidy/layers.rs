//! Layers and owners: what each module of `src/` may name, which are pure, and whose a crate is.

use std::collections::BTreeSet;

use super::assert_none;
use super::source::{Source, sources};

/// The rooms of `src/` by the naming law: verbs are pure; places are nouns that own something outside of the program, and do I/O;
/// words are what the others speak in, and pure, too; conductors, named after when they work, know the order of things and how they end.
const VERBS: [&str; 4] = ["reconcile", "seal", "transform", "validate"];
const WORDS: [&str; 4] = ["guidance", "reservation", "rows", "wording"];
const CONDUCTORS: [&str; 3] = ["failure", "night", "upkeep"];
const PLACES: [&str; 17] = [
    "certificates",
    "cli",
    "clock",
    "engine",
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
const LAYERS: [(&str, &[&str]); 20] = [
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
            "engine",
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
            "engine",
        ],
    ),
    ("night", &["failure", "platform", "landing", "validate", "transform", "warehouse", "files", "lake", "seal"]),
    ("failure", &["platform", "landing", "warehouse", "files", "lake", "seal", "engine"]),
    ("platform", &["warehouse::CommitReceipt"]),
    ("landing", &["seal"]),
    ("seal", &[]),
    ("validate", &[]),
    ("transform", &[]),
    ("reconcile", &[]),
    ("spreadsheet", &[]),
    ("warehouse", &["seal"]),
    ("files", &["spreadsheet"]),
    ("engine", &[]),
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

/// What a module may name of the others; nothing for one that is in no table.
fn allowed(module: &str) -> Option<Vec<&'static str>> {
    if let Some((_, allowed)) = FOUNDATION.iter().find(|(name, _)| *name == module) {
        return Some(allowed.to_vec());
    }
    let (_, siblings) = LAYERS.iter().find(|(name, _)| *name == module)?;
    Some(siblings.iter().copied().chain(FOUNDATION.iter().map(|(name, _)| *name)).collect())
}

/// Invariant: Every module stays in its layer, verbs stay pure, SQL stays in the warehouse.
/// Held by: the table of layers in `tests/it/tidy/layers.rs`.
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
