//! The program's language: `--lang`, otherwise the environment's locale. Only texts for people
//! follow it; JSON and logs are the same everywhere.

use std::ffi::OsString;
use std::sync::OnceLock;

use clap::ValueEnum;

use crate::settings::Settings;
use crate::wording::Language;

static LANGUAGE: OnceLock<Language> = OnceLock::new();

/// The languages by the names that the command line uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LanguageName {
    Zh,
    En,
}

impl LanguageName {
    pub(super) fn language(self) -> Language {
        match self {
            LanguageName::Zh => Language::Chinese,
            LanguageName::En => Language::English,
        }
    }
}

/// Settles the language, before anything is said: help and usage errors follow it, so clap has not read the arguments yet.
pub(super) fn settle(arguments: &[OsString], settings: &Settings) {
    let by_locale = if settings.asks_for_chinese() { Language::Chinese } else { Language::English };
    // A second call, in a test's process, changes nothing.
    let _ = LANGUAGE.set(named(arguments).map_or(by_locale, LanguageName::language));
}

/// The language that `--lang` names; clap refuses other values.
fn named(arguments: &[OsString]) -> Option<LanguageName> {
    value_of("--lang", arguments)
}

/// An option's value, before clap has read the arguments, or where it cannot read them.
pub(super) fn value_of<T: ValueEnum>(option: &str, arguments: &[OsString]) -> Option<T> {
    let arguments: Vec<_> = arguments.iter().take_while(|it| *it != "--").map(|it| it.to_string_lossy()).collect();
    let after = arguments.iter().position(|argument| argument == option).and_then(|at| arguments.get(at + 1));
    let joined = || arguments.iter().find_map(|argument| argument.strip_prefix(option)?.strip_prefix('='));
    T::from_str(after.map(|value| &**value).or_else(joined)?, false).ok()
}

/// The program's language; English until it is settled.
pub(crate) fn language() -> Language {
    LANGUAGE.get().copied().unwrap_or(Language::English)
}

/// A message in the program's language: `say!("status-no-run")`.
macro_rules! say {
    ($($message:tt)+) => { $crate::wording::message!($($message)+).text($crate::cli::language::language()) };
}
pub(crate) use say;

#[cfg(test)]
mod tests {
    use super::*;

    fn named_in(arguments: &[&str]) -> Option<LanguageName> {
        named(&arguments.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn the_option_is_found_before_the_arguments_are_read() {
        assert_eq!(named_in(&["tijian", "status", "--lang", "zh"]), Some(LanguageName::Zh));
        assert_eq!(named_in(&["tijian", "--lang=en", "run"]), Some(LanguageName::En));
        assert_eq!(named_in(&["tijian", "run", "--lang"]), None);
        assert_eq!(named_in(&["tijian", "run", "--lang", "fr"]), None);
        assert_eq!(named_in(&["tijian", "check", "--", "--lang=en"]), None);
    }
}
