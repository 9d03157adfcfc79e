//! The pages that people read: each in two languages that say the same commands, found from the README, with links that
//! lead somewhere.

use std::path::{Component, Path, PathBuf};

use crate::tidy::assert_none;
use crate::tidy::source::{files, read};

/// Pages for who changes the code, which stand in English only, as the code does; all of them are found from this one.
const DEVELOPMENT: &str = "docs/development.md";

fn is_of_the_code(page: &str) -> bool {
    page == "docs/invariants.md" || page.starts_with("docs/decisions/")
}

/// English pages, the README first; beside each is its Chinese one.
fn pages() -> Vec<String> {
    let is_translated = |page: &String| !page.ends_with(".zh-CN.md") && !is_of_the_code(page);
    let outside = ["README.md", "pipelines/README.md"].map(str::to_owned);
    outside.into_iter().chain(files("docs", ".md").into_iter().filter(is_translated)).collect()
}

fn pages_of_the_code() -> Vec<String> {
    files("docs", ".md").into_iter().filter(|page| is_of_the_code(page)).collect()
}

fn chinese(page: &str) -> String {
    page.replace(".md", ".zh-CN.md")
}

/// A page's text and code blocks, in turns.
fn parts(page: &str) -> (Vec<&str>, Vec<&str>) {
    let mut parts = page.split("\n```");
    let (mut texts, mut blocks) = (Vec::new(), Vec::new());
    while let Some(text) = parts.next() {
        texts.push(text);
        blocks.extend(parts.next());
    }
    (texts, blocks)
}

/// What is to be typed or copied: without comments, and without diagrams and output, which may be translated.
fn commands(page: &str) -> Vec<&str> {
    let (_, blocks) = parts(page);
    let copied = blocks.into_iter().filter(|block| !block.starts_with("text\n"));
    let lines = copied.flat_map(|block| block.lines().skip(1));
    lines
        .filter(|line| !line.starts_with(['#', '-']))
        .map(|line| line.split("  #").next().unwrap_or_default().split("   --").next().unwrap_or_default().trim_end())
        .collect()
}

/// The files and anchors that a page links to.
pub(super) fn links(page: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let (texts, _) = parts(page);
    let targets = texts.into_iter().flat_map(|text| text.split("](").skip(1));
    targets
        .filter_map(|target| target.split_once(')').map(|(target, _)| target))
        .filter(|target| !target.starts_with("https://"))
        .map(|target| target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor))))
}

/// A heading's anchor, as GitHub makes it.
fn anchors(page: &str) -> Vec<String> {
    let (texts, _) = parts(page);
    let headings = texts.into_iter().flat_map(str::lines).filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        kept.chars()
            .filter(|sign| sign.is_alphanumeric() || " -_".contains(*sign))
            .collect::<String>()
            .replace(' ', "-")
    };
    headings.map(anchor).collect()
}

/// `target` as seen from the folder of `page`, relative to the repository.
pub(super) fn resolve(page: &str, target: &str) -> String {
    if target.is_empty() {
        return page.to_owned();
    }
    let mut path = PathBuf::new();
    for component in Path::new(page).parent().unwrap().join(target).components() {
        match component {
            Component::ParentDir => assert!(path.pop(), "{page}: {target}"),
            component => path.push(component),
        }
    }
    path.to_str().unwrap().to_owned()
}

#[test]
fn every_page_stands_in_two_languages_with_the_same_commands() {
    let problems = pages().into_iter().filter_map(|page| {
        let (english, chinese) = (read(&page), read(&chinese(&page)));
        let differing = commands(&english).into_iter().zip(commands(&chinese)).find(|(one, other)| one != other);
        let counts = (commands(&english).len(), commands(&chinese).len());
        (differing.is_some() || counts.0 != counts.1).then(|| format!("{page}: {differing:?}, lines {counts:?}"))
    });
    assert_none(problems.collect(), "change a page and its Chinese one together");
}

#[test]
fn every_page_is_found_from_the_readme() {
    let problems = ["README.md", "README.zh-CN.md"].into_iter().flat_map(|readme| {
        let text = read(readme);
        let is_chinese = readme != "README.md";
        let expected = pages().into_iter().skip(1).map(move |page| if is_chinese { chinese(&page) } else { page });
        let missing = expected.filter(|page| !text.contains(&format!("]({page})"))).collect::<Vec<_>>();
        missing.into_iter().map(move |page| format!("{readme}: {page}"))
    });
    let development = read(DEVELOPMENT);
    let is_missing = |page: &String| !development.contains(&format!("]({})", page.trim_start_matches("docs/")));
    let unlinked = pages_of_the_code().into_iter().filter(is_missing).map(|page| format!("{DEVELOPMENT}: {page}"));
    assert_none(
        problems.chain(unlinked).collect(),
        "give the page a line in the list of the README, or of development.md",
    );
}

#[test]
fn every_link_of_a_page_leads_somewhere() {
    let mut problems = Vec::new();
    let translated = pages().into_iter().flat_map(|page| [chinese(&page), page]);
    for page in translated.chain(pages_of_the_code()) {
        let text = read(&page);
        for (target, anchor) in links(&text) {
            let file = resolve(&page, target);
            if !Path::new(env!("CARGO_MANIFEST_DIR")).join(&file).exists() {
                problems.push(format!("{page}: {target}"));
            } else if anchor.is_some_and(|anchor| !anchors(&read(&file)).iter().any(|known| known == anchor)) {
                problems.push(format!("{page}: {target}#{}", anchor.unwrap_or_default()));
            }
        }
    }
    assert_none(problems, "what a page links to has moved: follow it");
}

/// A secret that a command spells out: it is in the shell's history then, and for every user in `ps`.
fn spells_out_a_secret(command: &str) -> bool {
    // What a variable holds is not written there, and neither is a variable's name.
    let is_literal = |rest: &str| !rest.is_empty() && !rest.starts_with(['$', '\'', '"', '\\', ' ', ')']);
    let holds = |marks: &[&str]| {
        let found = marks.iter().flat_map(|mark| command.match_indices(mark).map(|(at, mark)| at + mark.len()));
        found.into_iter().any(|end| is_literal(&command[end..]))
    };
    let is_said = |program: &str| command.split([' ', '(', ';', '|', '&']).any(|word| word == program);
    (is_said("psql") && holds(&["password '", "PASSWORD '"]))
        || ((is_said("echo") || is_said("printf"))
            && holds(&[
                "PASSWORD=",
                "PASSWORD='",
                "SECRET=",
                "SECRET='",
                "KEY=",
                "KEY='",
                "URL='http",
                "URL=http",
                "?key=",
                "token=",
                "password=",
                "tijian_owner:",
                "tijian_nightly:",
            ]))
}

#[test]
fn a_command_that_spells_out_a_secret_is_seen() {
    for command in [
        "psql -d tijian -c \"create role alice login password 'alice-password'\"",
        "echo \"ALERT_URL='https://robot.example/send?key=...'\" >> /etc/tijian/alert",
        "printf 'ZHELIBAN_SECRET=abc' >> /etc/tijian/environment",
        "(cd /etc && echo PGPASSWORD=abc)",
    ] {
        assert!(spells_out_a_secret(command), "{command}");
    }
    for command in [
        "psql -d tijian -c 'create role alice login' -c '\\password alice'",
        "printf \"DATABASE_URL='postgresql://tijian_owner:$owner@127.0.0.1/tijian'\" > /etc/tijian/owner",
        "sed \"s|.*|TIJIAN_SITE_KEY='&'|\"",
        "echo \"$TIJIAN_SITE_KEY\"",
    ] {
        assert!(!spells_out_a_secret(command), "{command}");
    }
}

#[test]
fn no_command_of_a_page_spells_out_a_secret() {
    let mut problems = Vec::new();
    for page in pages().into_iter().flat_map(|page| [chinese(&page), page]).chain(pages_of_the_code()) {
        let text = read(&page);
        let lines = parts(&text).1.into_iter().flat_map(str::lines).filter(|line| spells_out_a_secret(line));
        problems.extend(lines.map(|line| format!("{page}: {line}")));
    }
    assert_none(problems, "let `\\password` ask for it, or say that it is written into its file with an editor");
}
