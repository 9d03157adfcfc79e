//! Texts for people: whole in both languages, with the gaps that the code fills, and nothing glued from pieces.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::ast::{
    CallArguments, Entry, Expression, InlineExpression, Message, Pattern, PatternElement, VariantKey,
};
use fluent_syntax::parser::parse;

use super::assert_none;
use super::remedies::remedies;
use super::source::{Kind, Source, files, read, sources};

/// Families of texts whose last part is made of words that the code holds anyway, and where it holds them.
const FAMILIES: [&str; 13] = [
    "claim",
    "operation",
    "owner",
    "journal",
    "counted",
    "found",
    "server",
    "check",
    "left-out",
    "audit",
    "rule",
    "lake-check",
    "lake-part",
];

/// Words of a language that its texts may hold all the same.
const HAN_IN_ENGLISH: [&str; 1] = ["TJ-5221"];

/// Texts that are in Chinese only, since clap has the English ones from the code. `src/cli/help.rs` has their test.
const HELP: &str = "texts/zh/help.ftl";

/// One text.
pub struct Text {
    file: String,
    /// What fills its gaps or decides between its forms.
    gaps: BTreeSet<String>,
    /// Of these, what only decides.
    selectors: BTreeSet<String>,
    /// Every word of it, in all forms.
    words: String,
    is_glued: bool,
    /// As a page shows it: of several forms the usual one, and ‹names› in the gaps.
    pub shown: String,
}

pub fn texts(language: &str, problems: &mut Vec<String>) -> BTreeMap<String, Text> {
    let mut texts = BTreeMap::new();
    for file in files(&format!("texts/{language}"), ".ftl") {
        let source = read(&file);
        let resource = parse(source.as_str()).unwrap_or_else(|(resource, errors)| {
            problems.extend(errors.iter().map(|error| format!("{file}: {error}")));
            resource
        });
        for entry in &resource.body {
            let Entry::Message(Message { id, value: Some(pattern), .. }) = entry else { continue };
            let mut text = Text {
                file: file.clone(),
                gaps: BTreeSet::new(),
                selectors: BTreeSet::new(),
                words: String::new(),
                is_glued: false,
                shown: shown(pattern),
            };
            read_pattern(pattern, &mut text);
            if texts.insert(id.name.to_owned(), text).is_some() {
                problems.push(format!("{file}: {} is there twice", id.name));
            }
        }
    }
    texts
}

fn shown(pattern: &Pattern<&str>) -> String {
    let shown = |element: &PatternElement<&str>| match element {
        PatternElement::TextElement { value } => (*value).to_owned(),
        PatternElement::Placeable { expression: Expression::Inline(InlineExpression::VariableReference { id }) } => {
            format!("‹{}›", id.name)
        }
        PatternElement::Placeable { expression: Expression::Select { variants, .. } } => {
            variants.iter().filter(|variant| variant.default).map(|variant| self::shown(&variant.value)).collect()
        }
        PatternElement::Placeable { expression: Expression::Inline(InlineExpression::StringLiteral { value }) } => {
            (*value).to_owned()
        }
        PatternElement::Placeable { .. } => String::new(),
    };
    pattern.elements.iter().map(shown).collect()
}

fn read_pattern(pattern: &Pattern<&str>, text: &mut Text) {
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => text.words.push_str(value),
            PatternElement::Placeable {
                expression: Expression::Inline(InlineExpression::VariableReference { id }),
            } => {
                text.gaps.insert(id.name.to_owned());
            }
            PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                text.is_glued |= pattern.elements.len() > 1;
                if let InlineExpression::VariableReference { id } = selector {
                    text.selectors.insert(id.name.to_owned());
                }
                for variant in variants {
                    let (VariantKey::Identifier { .. } | VariantKey::NumberLiteral { .. }) = variant.key;
                    read_pattern(&variant.value, text);
                }
            }
            // A literal in braces, which is how a text writes a brace; functions have no use here.
            PatternElement::Placeable {
                expression:
                    Expression::Inline(InlineExpression::FunctionReference { arguments: CallArguments { .. }, .. }),
            } => text.is_glued = true,
            PatternElement::Placeable { .. } => {}
        }
    }
}

/// A message that the code makes: its name and its arguments.
struct Call {
    place: String,
    name: String,
    arguments: BTreeSet<String>,
}

/// Every `message!("…", …)` and `say!("…", …)`.
fn calls(sources: &[Source]) -> Vec<Call> {
    let mut calls = Vec::new();
    for source in sources {
        for at in 0..source.tokens.len() {
            let is_call = matches!(source.word(at), Some("message" | "say")) && source.is_sign(at + 1, '!');
            let Some(Kind::Literal(name)) = source.tokens.get(at + 3).map(|token| &token.kind).filter(|_| is_call)
            else {
                continue;
            };
            let mut arguments = BTreeSet::new();
            let mut depth = 1;
            let mut next = at + 4;
            while depth > 0 && next < source.tokens.len() {
                match &source.tokens[next].kind {
                    Kind::Sign('(' | '[' | '{') => depth += 1,
                    Kind::Sign(')' | ']' | '}') => depth -= 1,
                    Kind::Sign(',') if depth == 1 => {
                        if let Some(argument) = source.word(next + 1) {
                            arguments.insert(argument.to_owned());
                        }
                    }
                    _ => {}
                }
                next += 1;
            }
            let name = name.trim_matches('"').to_owned();
            calls.push(Call { place: format!("{}:{}", source.path, source.tokens[at].line), name, arguments });
        }
    }
    calls
}

/// A family's name for these words, as `Message::of` makes it.
fn of_family(family: &str, words: &str) -> String {
    tijian::wording::Message::of(family, words, Vec::new()).name().to_owned()
}

fn is_han(sign: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&sign)
}

/// Invariant: Everything that people read is complete in both languages.
/// Held by: one name per message, and its texts side by side in `texts/en` and `texts/zh`.
#[test]
fn every_text_is_there_in_both_languages_with_the_same_gaps() {
    let mut problems = Vec::new();
    let (english, chinese) = (texts("en", &mut problems), texts("zh", &mut problems));
    for (name, text) in &english {
        let Some(other) = chinese.get(name) else {
            problems.push(format!("{name}: not in texts/zh ({})", text.file));
            continue;
        };
        if text.file.trim_start_matches("texts/en") != other.file.trim_start_matches("texts/zh") {
            problems.push(format!("{name}: in {} and in {}", text.file, other.file));
        }
        // A plural may be decided in one language only.
        let (all, others) = (&text.gaps | &text.selectors, &other.gaps | &other.selectors);
        let is_plural = |gap: &String| text.selectors.contains(gap) || other.selectors.contains(gap);
        let odd: Vec<&String> = all.symmetric_difference(&others).filter(|gap| !is_plural(gap)).collect();
        if !odd.is_empty() {
            problems.push(format!("{name}: {odd:?} in one language only"));
        }
        if text.is_glued || other.is_glued {
            problems.push(format!("{name}: a choice inside of a sentence; write every sentence whole"));
        }
        if text.words.chars().any(is_han) && !HAN_IN_ENGLISH.contains(&name.as_str()) {
            problems.push(format!("{name}: Chinese in texts/en"));
        }
        if text.words.chars().any(char::is_alphabetic) && !other.words.chars().any(is_han) {
            problems.push(format!("{name}: no Chinese in texts/zh"));
        }
    }
    let is_alone = |name: &String, text: &Text| text.file != HELP && !english.contains_key(name);
    let alone = chinese.iter().filter(|(name, text)| is_alone(name, text));
    problems.extend(alone.map(|(name, _)| format!("{name}: only in texts/zh")));
    assert_none(problems, "write both lines, in the two files of one room");
}

#[test]
fn code_and_texts_name_the_same_messages_with_the_same_arguments() {
    let mut problems = Vec::new();
    let english = texts("en", &mut problems);
    let chinese = texts("zh", &mut problems);
    let sources = sources();
    let calls = calls(&sources);
    let mut used: BTreeSet<String> = remedies(&sources).into_iter().map(|remedy| format!("remedy-{remedy}")).collect();
    for Call { place, name, arguments } in &calls {
        used.insert(name.clone());
        let Some(text) = english.get(name) else {
            problems.push(format!("{place}: {name} has no text"));
            continue;
        };
        let mut wanted: BTreeSet<String> = text.gaps.union(&text.selectors).cloned().collect();
        if let Some(other) = chinese.get(name) {
            wanted.extend(other.gaps.union(&other.selectors).cloned());
        }
        if wanted != *arguments {
            problems.push(format!("{place}: {name} is given {arguments:?}, its texts want {wanted:?}"));
        }
    }
    // A family's texts are used where their words are.
    let words: BTreeSet<&str> =
        sources.iter().flat_map(|source| source.strings()).map(|(_, literal)| literal.trim_matches('"')).collect();
    for family in FAMILIES {
        used.extend(words.iter().map(|words| of_family(family, words)));
    }
    let audits = files("sql/checks", ".sql")
        .into_iter()
        .map(|file| of_family("audit", file.trim_start_matches("sql/checks/").trim_end_matches(".sql")));
    let rules = tijian::reservation::Rule::ALL.into_iter().map(|rule| of_family("rule", rule.as_str()));
    problems.extend(
        operations(&sources)
            .into_iter()
            .chain(audits)
            .chain(rules)
            .filter(|name| !english.contains_key(name))
            .map(|name| format!("{name} has no text")),
    );
    problems.extend(english.keys().filter(|name| !used.contains(*name)).map(|name| format!("{name}: nothing says it")));
    assert_none(problems, "a message takes three lines: where it is made, texts/en and texts/zh");
}

/// The names of operations that statements and files are blamed with.
fn operations(sources: &[Source]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for source in sources {
        let literal = |at: usize| match &source.tokens.get(at)?.kind {
            Kind::Literal(text) if text.starts_with('"') => Some(text.trim_matches('"')),
            _ => None,
        };
        for at in 0..source.tokens.len() {
            let words = match source.word(at) {
                // `sql!("file", "words")`
                Some("sql") if source.is_sign(at + 1, '!') => literal(at + 5),
                Some("io" | "io_on" | "file" | "failed") if source.is_sign(at + 1, '(') => literal(at + 2),
                _ => None,
            };
            names.extend(words.map(|words| of_family("operation", words)));
        }
    }
    names
}

/// Whoever reads a code in a log finds one place in the code, and one row in the runbook.
#[test]
fn every_code_is_one_error() {
    let sources = sources();
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for source in &sources {
        for (line, literal) in source.strings() {
            let code = literal.trim_matches('"');
            if code.starts_with("TJ-") && code.len() == 7 {
                places.entry(code).or_default().push(format!("{}:{line}", source.path));
            }
        }
    }
    let mut problems: Vec<String> = places
        .iter()
        .filter(|(code, places)| places.len() > 1 && !SHARED_CODES.contains(code))
        .map(|(code, places)| format!("{code}: {}", places.join(", ")))
        .collect();
    problems.extend(
        places
            .keys()
            .filter(|code| !code[3..].chars().all(|sign| sign.is_ascii_digit()))
            .map(|code| format!("{code}: not four digits")),
    );
    assert_none(problems, "give each error a code of its own, the next that is free in its room");
}

/// Codes that several commands give for one and the same mistake.
const SHARED_CODES: [&str; 8] =
    ["TJ-1032", "TJ-1034", "TJ-1043", "TJ-1054", "TJ-1055", "TJ-1201", "TJ-6401", "TJ-6404"];
