//! Help pages, in the program's language. The English ones are clap's own, from the doc comments of the arguments; the
//! Chinese ones are the same command line with the texts of `texts/zh/help.ftl` in their place.
//!
//! A run pays nothing for it: the Chinese command line is made only to say something about it.

use std::ffi::OsString;
use std::process::ExitCode as ProcessExitCode;

use clap::builder::{StyledStr, Styles};
use clap::error::ErrorKind;
use clap::{Arg, Command, CommandFactory};

use crate::cli::language::{language, value_of};
use crate::cli::{Cli, LogFormat, usage};
use crate::guidance::ExitCode;
use crate::wording::{Argument, Language, Message};

/// The same answer, by a command line that speaks the program's language.
fn in_our_language(error: clap::Error, arguments: &[OsString]) -> clap::Error {
    match language() {
        Language::English => error,
        Language::Chinese => command(Language::Chinese).try_get_matches_from(arguments).err().unwrap_or(error),
    }
}

/// Prints help, the version, or what is wrong with the command line. How the program ends.
pub(super) fn answer(error: clap::Error, arguments: &[OsString]) -> ProcessExitCode {
    let is_asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::DisplayVersion => {
            // A reader that has seen enough (`| head`) is no failure.
            let _ = in_our_language(error, arguments).print();
        }
        _ if value_of("--log-format", arguments) == Some(LogFormat::Json) => usage::log(&error),
        _ => eprintln!("{}", usage::text(&in_our_language(error, arguments), arguments, language())),
    }
    ProcessExitCode::from(if is_asked_for { ExitCode::Good } else { ExitCode::Definition }.status())
}

/// The command line, built, with its texts in a language.
pub(super) fn command(language: Language) -> Command {
    built(Cli::command(), language)
}

/// A command line that is ours, but for what it shows, built in a language.
pub(super) fn built(mut command: Command, language: Language) -> Command {
    match language {
        Language::English => command.build(),
        Language::Chinese => {
            // Their explanations are part of the Chinese text, and clap decides how a page looks when it builds it.
            command = without_explained_values(command);
            command.build();
            command = in_chinese(command, ROOT);
        }
    }
    command
}

fn without_explained_values(command: Command) -> Command {
    command
        .mut_args(|arg| {
            let is_explained = arg.get_possible_values().iter().any(|value| value.get_help().is_some());
            arg.hide_possible_values(is_explained)
        })
        .mut_subcommands(without_explained_values)
}

/// Prefix of the names of `tijian`'s own texts; for `tijian db serve`, it is `help-db-serve`.
const ROOT: &str = "help";

/// Prefix of the texts of arguments that several commands have.
const ANY: &str = "help-any";

const HELP_COMMAND: &str = "help";

/// clap's own words on a page, and the names of ours.
const WORDS: [(&str, &str); 7] = [
    ("Arguments：", "help-word-arguments"),
    ("Options：", "help-word-options"),
    ("[OPTIONS]", "help-word-some-options"),
    ("[default: ", "help-word-default"),
    ("[possible values: ", "help-word-possible-values"),
    ("[alias: ", "help-word-alias"),
    ("Possible values:", "help-word-values"),
];

fn in_chinese(command: Command, id: &str) -> Command {
    let tail = command.get_after_help().and_then(|_| text(&format!("{id}-tail")));
    let mut command = command
        .mut_args(|arg| argument_in_chinese(arg, id))
        .mut_subcommands(|inner| {
            let inner_id = id_of(id, &inner);
            in_chinese(inner, &inner_id)
        })
        .subcommand_help_heading(word("help-word-commands"))
        .subcommand_value_name(word("help-word-command"))
        // Chinese has no blanks to break a line at.
        .term_width(0);
    if let Some(about) = text(&about_of(id, &command)) {
        command = command.about(about);
    }
    if let Some(tail) = tail {
        command = command.after_help(tail);
    }
    let page = with_our_words(&command.render_help().ansi().to_string(), command.get_styles());
    command.override_help(StyledStr::from(page))
}

fn argument_in_chinese(arg: Arg, id: &str) -> Arg {
    let arg = match argument_texts(id, &arg).iter().find_map(|name| text(name)) {
        Some(help) => arg.help(help),
        None => arg,
    };
    let arg = match arg.get_help_heading() {
        Some(_) => arg.help_heading(word("help-word-any-options")),
        None => arg,
    };
    match value_name(&arg) {
        Some(name) => match text(Message::of(VALUE, &name, Vec::new()).name()) {
            Some(ours) => arg.value_name(ours),
            None => arg,
        },
        None => arg,
    }
}

/// Prefix of the texts of value names, as in `--out <FILE>`.
const VALUE: &str = "help-value";

/// The name of an argument's value. clap gives a switch a value, which nobody sees, with the switch's own name.
fn value_name(arg: &Arg) -> Option<String> {
    let takes_values = arg.is_positional() || arg.get_action().takes_values();
    let names = arg.get_value_names().filter(|_| takes_values)?;
    names.first().map(ToString::to_string)
}

/// An argument without dashes, as a message calls it: by the name of its value.
pub(super) fn called(value: &str) -> Argument {
    let chinese = text(Message::of(VALUE, value, Vec::new()).name()).unwrap_or_else(|| value.to_owned());
    Argument::Named { english: value.to_owned(), chinese: format!("<{chinese}>") }
}

/// The names that an argument's text may have: its command's, or that shared by all commands with such an argument.
fn argument_texts(id: &str, arg: &Arg) -> [String; 2] {
    let name = arg.get_long().unwrap_or(arg.get_id().as_str());
    [format!("{id}--{name}"), format!("{ANY}--{name}")]
}

/// Prefix of the names of a subcommand's texts.
fn id_of(id: &str, inner: &Command) -> String {
    // `tijian help` has every command once more below it.
    if inner.get_name() == HELP_COMMAND { id.to_owned() } else { format!("{id}-{}", inner.get_name()) }
}

fn about_of(id: &str, command: &Command) -> String {
    if command.get_name() == HELP_COMMAND { "help-word-help".to_owned() } else { id.to_owned() }
}

/// A page of clap's with our words for its own.
fn with_our_words(page: &str, styles: &Styles) -> String {
    let (header, usage) = (styles.get_header(), styles.get_usage());
    let page = page
        .replace(&format!(":{header:#}\n"), &format!("：{header:#}\n"))
        .replace(&format!("Usage:{usage:#} "), &format!("{}{usage:#}", word("help-word-usage")));
    in_our_words(&page)
}

/// Replaces clap's own words about arguments with ours.
pub(super) fn in_our_words(text: &str) -> String {
    WORDS.into_iter().fold(text.to_owned(), |text, (theirs, ours)| text.replace(theirs, &word(ours)))
}

/// A Chinese text, if there is one.
fn text(name: &str) -> Option<String> {
    let message = Message::new(name.to_owned(), Vec::new());
    message.has_text(Language::Chinese).then(|| message.text(Language::Chinese))
}

/// A Chinese text that is there: a test walks over all of them.
pub(super) fn word(name: &str) -> String {
    text(name).unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::man;
    use std::collections::BTreeSet;

    /// The names of the texts in `texts/zh/help.ftl`.
    fn names() -> BTreeSet<String> {
        let texts = include_str!("../../texts/zh/help.ftl").lines().filter(|line| line.starts_with("help"));
        texts.filter_map(|line| line.split_once(" =")).map(|(name, _)| name.to_owned()).collect()
    }

    fn walk(command: &Command, id: &str, used: &mut BTreeSet<String>, missing: &mut Vec<String>) {
        let mut need = |names: &[String]| match names.iter().find(|name| text(name).is_some()) {
            Some(name) => {
                used.insert(name.clone());
            }
            None => missing.push(names.join(" or ")),
        };
        need(&[about_of(id, command)]);
        if command.get_after_help().is_some() {
            need(&[format!("{id}-tail")]);
        }
        for arg in command.get_arguments().filter(|_| command.get_name() != HELP_COMMAND) {
            need(&argument_texts(id, arg));
            if let Some(name) = value_name(arg) {
                need(&[Message::of(VALUE, &name, Vec::new()).name().to_owned()]);
            }
        }
        for inner in command.get_subcommands() {
            walk(inner, &id_of(id, inner), used, missing);
        }
    }

    #[test]
    fn every_command_and_every_argument_has_its_chinese_text() {
        let (mut used, mut missing) = (BTreeSet::new(), Vec::new());
        walk(&command(Language::English), ROOT, &mut used, &mut missing);
        assert!(missing.is_empty(), "write in texts/zh/help.ftl: {missing:#?}");
        let words = ["usage", "commands", "command", "any-options"].map(|word| format!("help-word-{word}"));
        let words = words.into_iter().chain(WORDS.map(|(_, ours)| ours.to_owned()));
        used.extend(words.chain(man::SECTIONS.map(|(_, ours)| ours.to_owned())));
        let without_text: Vec<&String> = used.iter().filter(|name| text(name).is_none()).collect();
        assert!(without_text.is_empty(), "write in texts/zh/help.ftl: {without_text:#?}");
        let names = names();
        let unused: Vec<&String> = names.difference(&used).collect();
        assert!(unused.is_empty(), "no command and no argument is called so: {unused:#?}");
    }

    #[test]
    fn the_chinese_command_line_takes_what_the_english_one_takes() {
        for line in [
            &["tijian", "run", "--output", "json", "-v", "a.toml"][..],
            &["tijian", "quarantine", "list", "--reason", "fee", "--lang", "zh"],
            &["tijian", "db", "serve", "--port", "15432", "--group", "dashboard"],
        ] {
            let outcome = command(Language::Chinese).try_get_matches_from(line);
            assert!(outcome.is_ok(), "{outcome:?}");
        }
    }
}
