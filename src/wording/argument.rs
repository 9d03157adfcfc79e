//! The arguments that fill a message's gaps.

use fluent_bundle::FluentValue;

use crate::wording::{Language, Message, Spoken};

/// A value in a sentence: a name, a number, or another message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    Text(String),
    Number(i64),
    /// Another message, in the same language.
    Message(Box<Message>),
    List(Vec<Argument>),
    /// A name that is another one in each language, such as a column's, or words of others beside ours.
    Named {
        english: String,
        chinese: String,
    },
    /// Left out: a text tells it by `[none]`.
    None,
}

impl Argument {
    pub(super) fn value(&self, language: Language) -> FluentValue<'static> {
        match self {
            // What a plural goes by. A number that a double cannot hold is none that a sentence bends for.
            Argument::Number(number) if number.unsigned_abs() < 1 << f64::MANTISSA_DIGITS => FluentValue::from(*number),
            other => FluentValue::from(other.text(language)),
        }
    }

    fn text(&self, language: Language) -> String {
        match self {
            Argument::Text(text) => text.clone(),
            Argument::Number(number) => number.to_string(),
            Argument::Message(message) => message.text(language),
            Argument::List(items) => {
                let items: Vec<String> = items.iter().map(|item| item.text(language)).collect();
                items.join(match language {
                    Language::English => ", ",
                    Language::Chinese => "、",
                })
            }
            Argument::Named { english, chinese } => match language {
                Language::English => english.clone(),
                Language::Chinese => chinese.clone(),
            },
            Argument::None => "none".to_owned(),
        }
    }
}

impl From<&str> for Argument {
    fn from(text: &str) -> Argument {
        Argument::Text(text.to_owned())
    }
}

impl From<String> for Argument {
    fn from(text: String) -> Argument {
        Argument::Text(text)
    }
}

impl From<&String> for Argument {
    fn from(text: &String) -> Argument {
        Argument::Text(text.clone())
    }
}

impl From<&std::path::Path> for Argument {
    fn from(path: &std::path::Path) -> Argument {
        Argument::Text(path.display().to_string())
    }
}

impl From<&std::path::PathBuf> for Argument {
    fn from(path: &std::path::PathBuf) -> Argument {
        Argument::from(path.as_path())
    }
}

/// A text tells it by `[true]`.
impl From<bool> for Argument {
    fn from(value: bool) -> Argument {
        Argument::Text(value.to_string())
    }
}

impl From<Message> for Argument {
    fn from(message: Message) -> Argument {
        Argument::Message(Box::new(message))
    }
}

impl From<&Message> for Argument {
    fn from(message: &Message) -> Argument {
        Argument::from(message.clone())
    }
}

impl<T: Spoken> From<&T> for Argument {
    fn from(spoken: &T) -> Argument {
        Argument::from(spoken.message())
    }
}

impl<T: Into<Argument>> From<Option<T>> for Argument {
    fn from(value: Option<T>) -> Argument {
        value.map_or(Argument::None, Into::into)
    }
}

impl<T: Into<Argument>> From<Vec<T>> for Argument {
    fn from(items: Vec<T>) -> Argument {
        Argument::List(items.into_iter().map(Into::into).collect())
    }
}

macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl From<$number> for Argument {
            fn from(number: $number) -> Argument {
                i64::try_from(number).map_or_else(|_| Argument::Text(number.to_string()), Argument::Number)
            }
        }

        impl From<&$number> for Argument {
            fn from(number: &$number) -> Argument {
                Argument::from(*number)
            }
        }
    )+};
}

numbers!(i32, i64, u16, u32, u64, usize);
