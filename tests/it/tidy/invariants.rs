//! The page of invariants, made out of the tests that prove them: a test says what it proves in its own comment.
//!
//! `Invariant: …` in the comment of a test, of a file of tests, or of a check in `sql/checks/` says what must always be true; the
//! same sentence may stand at several. `Held by: …` after it, at one of them, says what makes it true.

use std::collections::BTreeMap;

use crate::tidy::assert_none;
use crate::tidy::source::{files, read};

const PAGE: &str = "docs/invariants.md";

const HEAD: &str = "\
# Invariants, and what proves each

Generated from comments in the tests: `UPDATE_PAGES=1 cargo test --locked --test it invariants` writes this page, and a test fails
if it is out of date. Every warehouse test ends with all of `sql/checks/`, which `tijian audit` also runs.
";

/// One sentence at one test.
struct Claim {
    invariant: String,
    held_by: Option<String>,
    file: String,
    /// What to look for there.
    test: String,
}

/// The text of a line of comment.
fn comment<'text>(line: &&'text str, sign: &str) -> Option<&'text str> {
    line.trim_start().strip_prefix(sign).map(str::trim)
}

/// The text after `label`, and how many lines of comment it takes.
fn labelled(lines: &[&str], sign: &str, label: &str) -> Option<(String, usize)> {
    let first = comment(lines.first()?, sign)?.strip_prefix(label)?;
    let is_more = |text: &&str| !text.is_empty() && !text.starts_with("Invariant: ") && !text.starts_with("Held by: ");
    let more = lines[1..].iter().map_while(|line| comment(line, sign).filter(is_more));
    let parts: Vec<&str> = std::iter::once(first).chain(more).collect();
    Some((parts.join(" "), parts.len()))
}

/// The test that a comment belongs to; `None`: at none.
fn test_below(lines: &[&str]) -> Option<String> {
    let above = lines.iter().take_while(|line| !line.contains("fn "));
    let is_test = above.clone().any(|line| line.trim_start().starts_with("#[") && line.contains("test"));
    let name = lines.get(above.count())?.split("fn ").nth(1)?.split(['(', '<']).next()?;
    is_test.then(|| name.to_owned())
}

fn claims(file: &str, problems: &mut Vec<String>) -> Vec<Claim> {
    let text = read(file);
    let lines: Vec<&str> = text.lines().collect();
    let mut claims = Vec::new();
    for (sign, at) in ["///", "//!", "--"].into_iter().flat_map(|sign| (0..lines.len()).map(move |at| (sign, at))) {
        let Some((invariant, length)) = labelled(&lines[at..], sign, "Invariant: ") else { continue };
        let held_by = labelled(&lines[at + length..], sign, "Held by: ").map(|(held_by, _)| held_by);
        let module = file.trim_end_matches(".rs").trim_start_matches("tests/it/").trim_start_matches("src/");
        let test = match sign {
            "///" => test_below(&lines[at + length..]),
            "//!" => Some(module.trim_end_matches("/main").replace('/', "::")),
            _ => Some(file.trim_start_matches("sql/").to_owned()),
        };
        match test {
            Some(test) => claims.push(Claim { invariant, held_by, file: file.to_owned(), test }),
            None => problems.push(format!("{file}:{}: no test below: {invariant}", at + 1)),
        }
    }
    claims
}

#[test]
fn the_page_of_invariants_is_what_the_tests_say() {
    let mut problems = Vec::new();
    let places = [("tests", ".rs"), ("src", ".rs"), ("sql/checks", ".sql")];
    let own = "tests/it/tidy/invariants.rs";
    let paths = places.into_iter().flat_map(|(folder, extension)| files(folder, extension)).filter(|file| file != own);
    let claims: Vec<Claim> = paths.flat_map(|file| claims(&file, &mut problems)).collect();
    let mut proofs: BTreeMap<&str, Vec<&Claim>> = BTreeMap::new();
    for claim in &claims {
        proofs.entry(&claim.invariant).or_default().push(claim);
    }
    let mut page = BTreeMap::<&str, Vec<String>>::new();
    for (invariant, claims) in &proofs {
        let holders: Vec<&&Claim> = claims.iter().filter(|claim| claim.held_by.is_some()).collect();
        let [holder] = holders.as_slice() else {
            problems.push(format!("`Held by: …` is at {} tests of: {invariant}", holders.len()));
            continue;
        };
        let tests: Vec<String> = claims.iter().map(|claim| format!("[{}](../{})", claim.test, claim.file)).collect();
        let held_by = holder.held_by.as_deref().unwrap_or_default();
        page.entry(&holder.file)
            .or_default()
            .push(format!("- **{invariant}**\n  Held by: {held_by}\n  Proved by: {}.\n", tests.join(", ")));
    }
    assert_none(problems, "say the same sentence at every test that proves it, and at one of them what holds it");
    let sections = page.into_iter().map(|(file, invariants)| format!("\n## {file}\n\n{}", invariants.concat()));
    let page = HEAD.to_owned() + &sections.collect::<String>();
    if std::env::var_os("UPDATE_PAGES").is_some() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
        std::fs::write(path, &page).unwrap();
    }
    assert!(read(PAGE) == page, "{PAGE} is old: UPDATE_PAGES=1 cargo test --locked --test it invariants");
}
