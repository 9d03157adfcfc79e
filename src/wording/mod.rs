//! What the program says to people, in English and in Chinese: messages with a name and named arguments, whose texts are
//! in `texts/`. Nothing here does I/O, and nothing here knows which language is wanted: that is the command line's to say.
//!
//! Every error is a message, and its name is its code (`TJ-2004`), the same in both languages, in every version, and in
//! the runbook. What programs read (JSON, stored failures, logs) is the English text: an error's `Display`.

mod argument;
mod system;
#[cfg(test)]
mod tests;
mod texts;

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

pub use argument::Argument;
pub use system::in_their_words;

/// The languages of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    Chinese,
}

/// One sentence, in no language yet. `message!` makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    name: Cow<'static, str>,
    code: Option<&'static str>,
    arguments: Vec<(&'static str, Argument)>,
}

impl Message {
    /// `name` is a text in `texts/`; a test holds that it is there, in both languages, and with these arguments.
    pub fn new(name: impl Into<Cow<'static, str>>, arguments: Vec<(&'static str, Argument)>) -> Message {
        Message { name: name.into(), code: None, arguments }
    }

    /// One of a family of sentences, named by English words that the code holds anyway: `Message::of("operation", "create
    /// the folder", …)` is the text `operation-create-the-folder`.
    pub fn of(family: &str, words: &str, arguments: Vec<(&'static str, Argument)>) -> Message {
        let mut name = family.to_owned();
        for word in words.split(|sign: char| !sign.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
            name.push('-');
            name.push_str(&word.to_ascii_lowercase());
        }
        Message::new(name, arguments)
    }

    /// The name of the message's text.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// This sentence as an error whose code is not its name: many operations on files share one, and an error told with its
    /// causes keeps its own.
    pub fn coded(self, code: &'static str) -> Message {
        Message { code: Some(code), ..self }
    }

    /// The code of an error: `TJ-` and four digits.
    pub fn code(&self) -> Option<&'static str> {
        self.code.or(match self.name {
            Cow::Borrowed(name) if name.starts_with("TJ-") => Some(name),
            // Names that are put together are no codes.
            Cow::Borrowed(_) | Cow::Owned(_) => None,
        })
    }

    /// Whether there is one: help pages have texts for what is worth one.
    pub fn has_text(&self, language: Language) -> bool {
        texts::is_there(language, &self.name)
    }

    /// The message's text in one language.
    pub fn text(&self, language: Language) -> String {
        texts::text(language, &self.name, &self.arguments)
    }
}

/// A failed operation on a file or a folder: the words that follow "cannot", without the path.
pub fn operation_on(words: &str, path: &Path) -> Message {
    Message::of("operation", words, vec![("path", Argument::from(path))])
}

/// In English, which is what programs read.
impl fmt::Display for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text(Language::English))
    }
}

/// What can be said to a person in either language.
pub trait Spoken {
    fn message(&self) -> Message;
}

/// A message by name: `message!("TJ-2004", endpoint, peer = peer.to_string())`. A bare name is a variable and the
/// argument's name in one.
macro_rules! message {
    ($name:expr $(, $argument:ident $(= $value:expr)?)* $(,)?) => {
        $crate::wording::Message::new(
            $name,
            vec![$((stringify!($argument), $crate::wording::message!(@value $argument $(, $value)?))),*],
        )
    };
    (@value $argument:ident) => { $crate::wording::Argument::from($argument) };
    (@value $argument:ident, $value:expr) => { $crate::wording::Argument::from($value) };
}
pub(crate) use message;

/// `Display` of errors that are [`Spoken`]: their English text.
macro_rules! display_in_english {
    ($($type:ty),+ $(,)?) => {$(
        impl std::fmt::Display for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&$crate::wording::Spoken::message(self), formatter)
            }
        }
    )+};
}
pub(crate) use display_in_english;
