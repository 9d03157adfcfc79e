//! Guidance: every error decides for each of its variants, and every remedy has somebody who names it.

use std::collections::BTreeSet;

use super::assert_none;
use super::source::{Source, sources};

const NAMES: &str = "src/guidance.rs";

/// The tokens between the braces that open first after a token.
fn body(source: &Source, from: usize) -> std::ops::Range<usize> {
    let open = (from..).find(|at| source.is_sign(*at, '{')).unwrap();
    let mut depth = 0;
    let is_end = |at: &usize| {
        depth += i32::from(source.is_sign(*at, '{')) - i32::from(source.is_sign(*at, '}'));
        depth == 0
    };
    open + 1..(open..).find(is_end).unwrap()
}

/// Where these words stand in a row.
fn places(source: &Source, words: [&str; 2]) -> Vec<usize> {
    let is_here = |at: &usize| source.word(*at) == Some(words[0]) && source.word(at + 1) == Some(words[1]);
    (0..source.tokens.len()).filter(is_here).collect()
}

/// The names that follow `Remedy::`.
fn named(source: &Source) -> impl Iterator<Item = &str> {
    let is_remedy = |at: &usize| source.word(*at) == Some("Remedy") && source.is_sign(at + 1, ':');
    (0..source.tokens.len()).filter(is_remedy).filter_map(|at| source.word(at + 3))
}

/// The names of all remedies.
pub fn remedies(sources: &[Source]) -> Vec<String> {
    let names = sources.iter().find(|source| source.path == NAMES).unwrap();
    let is_list =
        |at: &usize| names.word(*at) == Some("remedies") && names.is_sign(at + 1, '!') && names.is_sign(at + 2, '{');
    let list = (0..names.tokens.len()).rfind(is_list).unwrap();
    // Those that carry a value have lower-case names in braces.
    let is_name = |word: &&str| word.starts_with(char::is_uppercase) && *word != "String";
    body(names, list).filter_map(|at| names.word(at)).filter(is_name).map(str::to_owned).collect()
}

#[test]
fn every_remedy_is_named_by_an_error() {
    let sources = sources();
    let others = sources.iter().filter(|source| source.path != NAMES);
    let used: BTreeSet<&str> = others.flat_map(named).collect();
    assert_none(
        remedies(&sources).into_iter().filter(|remedy| !used.contains(remedy.as_str())).collect(),
        "take the remedy and its texts out: nothing names it",
    );
}

#[test]
fn every_guidance_is_exhaustive() {
    let mut problems = Vec::new();
    for source in sources() {
        let functions = ["guidance", "remedy", "message"].into_iter().flat_map(|name| places(&source, ["fn", name]));
        for at in functions.flat_map(|at| body(&source, at)) {
            if source.word(at) == Some("_") && source.is_sign(at + 1, '=') && source.is_sign(at + 2, '>') {
                problems.push(format!("{}:{}: _ =>", source.path, source.tokens[at].line));
            }
        }
    }
    assert_none(problems, "name every variant: who adds an error decides what the operator can do");
}
