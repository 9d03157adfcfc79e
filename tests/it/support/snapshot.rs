//! Texts that a person must judge, kept in `tests/snapshots/`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use insta::Settings;

/// What differs from run to run, wherever it is: pattern and what stands for it.
const VOLATILE: [(&str, &str); 11] = [
    (r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+08:00 ", "<time> "),
    (r"(?m)^(\S+ +INFO this is the warehouse's database) .*$", "$1 <database>"),
    (r"(?m)^database \S+, host \S+, port \d+$", "database <name>, host <host>, port <port>"),
    (r"(?m)^数据库 \S+，主机 \S+，端口 \d+$", "数据库 <name>，主机 <host>，端口 <port>"),
    (r"\(database (\S+), host /\S+,", "(database $1, host <socket>,"),
    (r"(host (?:localhost|127\.0\.0\.1)), port \d{4,}", "$1, port <port>"),
    (r"[0-9a-f]{8}: no folder belongs", "<warehouse>: no folder belongs"),
    (r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:<port>"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d", "<date and time>"),
    (r"tijian \d+\.\d+\.\d+", "tijian <version>"),
    // Tables fill their lines with blanks.
    (r"(?m) +$", ""),
];

/// Compares a text with `tests/snapshots/<name>.snap`. `replacements`: more patterns and what stands for them.
#[track_caller]
pub fn assert_snapshot(name: &str, text: &str, replacements: &[(&str, &str)]) {
    let mut settings = Settings::new();
    settings.set_snapshot_path(snapshots());
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (pattern, replacement) in replacements.iter().chain(&VOLATILE) {
        settings.add_filter(pattern, *replacement);
    }
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// A pattern for exactly this text.
pub fn literal(text: impl AsRef<str>) -> String {
    let is_special = |letter: char| !letter.is_alphanumeric() && letter.is_ascii();
    text.as_ref().chars().flat_map(|letter| is_special(letter).then_some('\\').into_iter().chain([letter])).collect()
}

fn snapshots() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots")
}

/// Rust sources below a folder, as one text.
fn sources(dir: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text.push_str(&sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    text
}

#[test]
fn every_snapshot_is_asked_for_by_a_test() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it"));
    let names: BTreeSet<String> = std::fs::read_dir(snapshots())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|file| file.strip_suffix(".snap").map(str::to_owned))
        .collect();
    assert!(!names.is_empty());
    let stale: Vec<&String> = names.iter().filter(|name| !sources.contains(&format!("(\"{name}\","))).collect();
    assert!(stale.is_empty(), "delete from tests/snapshots what no test asks for: {stale:?}");
}
