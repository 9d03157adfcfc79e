//! Usage errors: clap finds them, and we word them, each kind with its code.

use std::error::Error;
use std::ffi::OsString;
use std::net::AddrParseError;
use std::num::{ParseFloatError, ParseIntError};

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::{GlobalArgs, LogFormat, help, logging};
use crate::telemetry::Otlp;
use crate::wording::{Language, Message, message};

/// What is wrong, as a line of the log for programs, as of any other error.
pub(super) fn log(error: &clap::Error) {
    let log = GlobalArgs {
        log_format: LogFormat::Json,
        verbose: false,
        quiet: false,
        lang: None,
        data_dir: None,
        private_server: false,
    };
    logging::start(&log, false, &Otlp::default());
    let problem = problem(error);
    tracing::error!(code = problem.code(), "{problem}");
}

/// The whole text, as standard error shows it.
pub(super) fn text(error: &clap::Error, arguments: &[OsString], language: Language) -> String {
    let problem = problem(error);
    let mut text = message!("error", code = problem.code(), message = &problem).text(language);
    if let Some(choices) = choices(error) {
        text.push_str(&format!("\n  {}", choices.text(language)));
    }
    let tips = tips(error).into_iter().chain(help_of_help(error, arguments));
    let tips: Vec<String> = tips.map(|tip| format!("\n  {}", tip.text(language))).collect();
    if !tips.is_empty() {
        text.push('\n');
        text.extend(tips);
    }
    let usage = word(error, ContextKind::Usage);
    if let Some(usage) = usage.as_deref().and_then(|usage| usage.strip_prefix("Usage: ")) {
        let usage = match language {
            Language::English => usage.trim_end().to_owned(),
            Language::Chinese => help::in_our_words(usage.trim_end()),
        };
        text.push_str(&format!("\n\n{}", message!("usage-usage", usage).text(language)));
    }
    text.push_str(&format!("\n\n{}", message!("usage-more").text(language)));
    text
}

fn problem(error: &clap::Error) -> Message {
    let argument = word(error, ContextKind::InvalidArg);
    let value = word(error, ContextKind::InvalidValue);
    let subcommand = word(error, ContextKind::InvalidSubcommand);
    match (error.kind(), argument, value, subcommand) {
        (ErrorKind::UnknownArgument, Some(argument), ..) => message!("TJ-1001", argument),
        (ErrorKind::InvalidSubcommand, .., Some(subcommand)) => message!("TJ-1002", subcommand),
        (ErrorKind::MissingSubcommand, .., Some(command)) => message!("TJ-1003", command),
        (ErrorKind::MissingRequiredArgument, Some(_), ..) => {
            let arguments = words(error, ContextKind::InvalidArg);
            message!("TJ-1004", count = arguments.len(), arguments)
        }
        (ErrorKind::InvalidValue, Some(argument), Some(value), _) if value.is_empty() => {
            message!("TJ-1005", argument)
        }
        (ErrorKind::InvalidValue, Some(argument), Some(value), _) => message!("TJ-1006", value, argument),
        (ErrorKind::ValueValidation, Some(argument), Some(value), _) => {
            message!("TJ-1007", value, argument, reason = error.source().map(reason))
        }
        (ErrorKind::ArgumentConflict, Some(argument), ..) => {
            let others = words(error, ContextKind::PriorArg);
            if others.iter().any(|other| *other != argument) {
                message!("TJ-1008", argument, count = others.len(), others)
            } else {
                message!("TJ-1009", argument)
            }
        }
        (ErrorKind::TooManyValues, Some(argument), Some(value), _) => message!("TJ-1010", value, argument),
        (ErrorKind::InvalidUtf8, ..) => message!("TJ-1011"),
        // No command of ours can be called so.
        (kind, ..) => message!("TJ-1012", words = kind.to_string()),
    }
}

/// Why a value is refused.
fn reason(error: &(dyn Error + 'static)) -> Message {
    if error.is::<ParseIntError>() {
        return message!("usage-no-whole-number");
    }
    if error.is::<ParseFloatError>() {
        return message!("usage-no-number");
    }
    if error.is::<AddrParseError>() {
        return message!("usage-no-address");
    }
    if error.is::<chrono::ParseError>() {
        return message!("usage-no-date");
    }
    let words = error.to_string();
    if let Some((from, to)) = words.split_once(" is not in ").and_then(|(_, range)| range.split_once("..=")) {
        return message!("usage-out-of-range", from, to);
    }
    // Our own parsers have said it already, in the program's language.
    message!("usage-words", words)
}

/// The values that are possible instead.
fn choices(error: &clap::Error) -> Option<Message> {
    let values = words(error, ContextKind::ValidValue);
    let subcommands = words(error, ContextKind::ValidSubcommand);
    if !values.is_empty() {
        return Some(message!("usage-possible-values", values = values.join(", ")));
    }
    (!subcommands.is_empty()).then(|| message!("usage-subcommands", subcommands = subcommands.join(", ")))
}

fn tips(error: &clap::Error) -> Vec<Message> {
    let mut tips = Vec::new();
    let subcommands = words(error, ContextKind::SuggestedSubcommand);
    if !subcommands.is_empty() {
        tips.push(message!("usage-similar-subcommands", count = subcommands.len(), subcommands));
    }
    let arguments = words(error, ContextKind::SuggestedArg);
    if !arguments.is_empty() {
        tips.push(message!("usage-similar-arguments", count = arguments.len(), arguments));
    }
    let values = words(error, ContextKind::SuggestedValue);
    if !values.is_empty() {
        tips.push(message!("usage-similar-values", count = values.len(), values));
    }
    for tip in words(error, ContextKind::Suggested) {
        let quoted: Vec<&str> = tip.split('\'').skip(1).step_by(2).collect();
        match quoted[..] {
            [value, typed] if tip.starts_with("to pass") => tips.push(message!("usage-as-value", value, typed)),
            [subcommand, "--"] => tips.push(message!("usage-without-dashes", subcommand)),
            [typed] => tips.push(message!("usage-exists", typed)),
            _ => {}
        }
    }
    tips
}

/// After `help` come commands only: whoever wants its pages in a language, or of an option, asks with `--help`.
fn help_of_help(error: &clap::Error, arguments: &[OsString]) -> Option<Message> {
    let option = word(error, ContextKind::InvalidSubcommand).filter(|word| word.starts_with('-'))?;
    let arguments: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    let after = arguments.iter().position(|argument| argument == "help")? + 1;
    let at = after + arguments[after..].iter().position(|argument| *argument == option)?;
    let words = ["tijian"].into_iter().chain(arguments[after..at].iter().map(|word| &**word));
    let words = words.chain(["--help"]).chain(arguments[at..].iter().map(|word| &**word));
    Some(message!("usage-write", typed = words.collect::<Vec<_>>().join(" ")))
}

fn word(error: &clap::Error, kind: ContextKind) -> Option<String> {
    error.get(kind).map(ToString::to_string)
}

fn words(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(word)) => vec![word.clone()],
        Some(ContextValue::Strings(words)) => words.clone(),
        Some(ContextValue::StyledStrs(words)) => words.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}
