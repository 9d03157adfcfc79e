//! A typed reader over a parsed TOML file that collects every problem instead of stopping at the first.
//!
//! Each table notes the keys that are asked for; what is left over is unknown and refused. It never repeats a value that
//! may be a secret: syntax errors name line and column, without the line's text.

use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::Visible;
use super::{DefinitionError, DefinitionErrors};
use crate::wording::{Argument, Message, message};

/// Longest value that a message repeats; beyond it, the line number must do.
const SHOWN_CHARACTERS: usize = 60;

/// How alike (Jaro-Winkler, 0 to 1) a key must be to be suggested: found by trying typical slips.
const NEAR_MISS: f64 = 0.85;

/// Parses `text` and lets `read` take what it knows. Errors: all problems, in the order of their lines.
pub(super) fn read_document<T>(
    file: &Path,
    text: &str,
    read: impl FnOnce(&Table<'_>) -> Option<T>,
) -> Result<T, DefinitionErrors> {
    let document = Document { file, text, problems: RefCell::default() };
    let (table, syntax_errors) = DeTable::parse_recoverable(text);
    for error in &syntax_errors {
        let start = error.span().map_or(0, |span| span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let column = text[line_start..start].chars().count() + 1;
        let reason = Visible(error.message().trim_end()).to_string();
        document.add(start, "", message!("definition-no-toml", column, reason));
    }
    // What follows a syntax error would be reported for the wrong reason.
    let value = match syntax_errors.as_slice() {
        [] => Table::read(&document, table.get_ref(), String::new(), 0, read),
        _ => None,
    };
    let mut problems = document.problems.into_inner();
    match value {
        Some(value) if problems.is_empty() => Ok(value),
        _ => {
            problems.sort_by_key(|problem| (problem.file != file, problem.line));
            Err(DefinitionErrors(problems))
        }
    }
}

/// The file under the reader, and what was found wrong with it.
struct Document<'d> {
    file: &'d Path,
    text: &'d str,
    problems: RefCell<Vec<DefinitionError>>,
}

impl Document<'_> {
    fn add(&self, offset: usize, key: &str, problem: Message) {
        let line = 1 + self.text.as_bytes()[..offset].iter().filter(|byte| **byte == b'\n').count();
        self.problems.borrow_mut().push(DefinitionError {
            file: self.file.to_owned(),
            line: Some(line),
            key: key.to_owned(),
            problem,
        });
    }
}

/// One table of the file. Asking for a key marks it as known.
pub(super) struct Table<'d> {
    document: &'d Document<'d>,
    entries: &'d DeTable<'d>,
    path: String,
    offset: usize,
    known: RefCell<Vec<String>>,
}

impl<'d> Table<'d> {
    /// Runs `read` over the table, then refuses the keys that it did not ask for.
    fn read<T>(
        document: &'d Document<'d>,
        entries: &'d DeTable<'d>,
        path: String,
        offset: usize,
        read: impl FnOnce(&Table<'d>) -> Option<T>,
    ) -> Option<T> {
        let table = Table { document, entries, path, offset, known: RefCell::default() };
        let value = read(&table);
        let known = table.known.borrow();
        for key in entries.keys().filter(|key| !known.iter().any(|known| known == key.get_ref())) {
            let near = known
                .iter()
                .map(|candidate| (strsim::jaro_winkler(key.get_ref(), candidate), candidate))
                .filter(|(likeness, _)| *likeness > NEAR_MISS)
                .max_by(|left, right| left.0.total_cmp(&right.0));
            let problem = match near {
                Some((_, near)) => message!("definition-unknown-key-near", near),
                None => message!("definition-unknown-key", known = known.clone()),
            };
            document.add(key.span().start, &table.path_of(key.get_ref()), problem);
        }
        value
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value of `key`, if the file has it.
    pub(super) fn get(&self, key: &str) -> Option<Item<'d>> {
        self.known.borrow_mut().push(key.to_owned());
        let (key, value) = self.entries.get_key_value(key)?;
        Some(Item { document: self.document, path: self.path_of(key.get_ref()), value })
    }

    /// The value of `key`; a problem if it is missing. `missing` says what is expected there.
    pub(super) fn need(&self, key: &str, missing: Message) -> Option<Item<'d>> {
        let item = self.get(key);
        if item.is_none() {
            self.document.add(self.offset, &self.path_of(key), missing);
        }
        item
    }

    /// `version`: the only format that this program reads is 1.
    pub(super) fn version(&self) -> Option<()> {
        let item = self.need("version", message!("definition-no-version"))?;
        if item.integer() == Some(1) {
            Some(())
        } else {
            item.refuse(|found| message!("definition-must-be-version", found))
        }
    }

    /// Every key of the table with its value, for tables whose keys are the user's own.
    pub(super) fn entries(&self) -> Vec<(&'d str, Item<'d>)> {
        let keys = self.entries.keys().map(|key| key.get_ref().as_ref());
        keys.filter_map(|key| Some((key, self.get(key)?))).collect()
    }

    /// Records a problem of the table as a whole.
    pub(super) fn refuse<T>(&self, problem: Message) -> Option<T> {
        self.document.add(self.offset, &self.path, problem);
        None
    }
}

/// One value of the file, with its place.
pub(super) struct Item<'d> {
    document: &'d Document<'d>,
    path: String,
    value: &'d Spanned<DeValue<'d>>,
}

impl<'d> Item<'d> {
    /// The value as parsed.
    pub(super) fn value(&self) -> &'d DeValue<'d> {
        self.value.get_ref()
    }

    /// Records a problem that shows the value: `problem` says what it should be instead.
    pub(super) fn refuse<T>(&self, problem: impl FnOnce(Argument) -> Message) -> Option<T> {
        self.refuse_unseen(problem(shown(self.value())))
    }

    /// Records a problem without the value: it may be a secret, or not be the point.
    pub(super) fn refuse_unseen<T>(&self, problem: Message) -> Option<T> {
        self.document.add(self.value.span().start, &self.path, problem);
        None
    }

    /// Takes over the problems of a file that this value names.
    pub(super) fn adopt(&self, errors: DefinitionErrors) {
        self.document.problems.borrow_mut().extend(errors.0);
    }

    /// A text that is not blank and holds no control character: it goes into databases, file names and terminals.
    pub(super) fn text(&self) -> Option<&'d str> {
        match self.value() {
            DeValue::String(text) if text.contains(char::is_control) => {
                self.refuse_unseen(message!("definition-control-character"))
            }
            DeValue::String(text) if !text.trim().is_empty() => Some(text),
            _ => self.refuse(|found| message!("definition-must-be-text", found)),
        }
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        match self.value() {
            DeValue::Boolean(value) => Some(*value),
            _ => self.refuse(|found| message!("definition-must-be-true-or-false", found)),
        }
    }

    pub(super) fn whole_number(&self, range: RangeInclusive<u32>) -> Option<u32> {
        match self.integer() {
            Some(number) if range.contains(&number) => Some(number),
            _ => self.refuse(|found| {
                message!("definition-must-be-whole-number", from = range.start(), to = range.end(), found)
            }),
        }
    }

    /// The value if it is an integer of that type; a problem is for the caller to record.
    pub(super) fn integer<T: TryFrom<i64>>(&self) -> Option<T> {
        let integer = self.value().as_integer()?;
        let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok()?;
        T::try_from(number).ok()
    }

    /// One of the named values.
    pub(super) fn choice<T: Clone>(&self, choices: &[(&str, T)]) -> Option<T> {
        let found = choices.iter().find(|(name, _)| self.value().as_str() == Some(name));
        found.map(|(_, value)| value.clone()).or_else(|| {
            let names = choices.iter().map(|(name, _)| Argument::from(format!("\"{name}\"")));
            let choices = names.reduce(|first, other| Argument::from(message!("definition-either", first, other)));
            self.refuse(|found| message!("definition-must-be-choice", choices, found))
        })
    }

    /// Reads a table; keys that `read` does not ask for are refused.
    pub(super) fn table<T>(&self, read: impl FnOnce(&Table<'d>) -> Option<T>) -> Option<T> {
        match self.value() {
            DeValue::Table(entries) => {
                Table::read(self.document, entries, self.path.clone(), self.value.span().start, read)
            }
            _ => self.refuse(|found| message!("definition-must-be-table", found)),
        }
    }

    /// Reads an array of tables, all of them even if one has problems.
    pub(super) fn tables<T>(&self, read: impl Fn(&Table<'d>) -> Option<T>) -> Option<Vec<T>> {
        let items = self.items(|found| message!("definition-must-be-tables", found))?;
        // Collected before judging, so that the problems of every table are seen.
        let values: Vec<Option<T>> = items.iter().map(|item| item.table(&read)).collect();
        values.into_iter().collect()
    }

    /// The values of an array, numbered from 1 in messages. `problem` says what a value should be that is none.
    pub(super) fn items(&self, problem: impl FnOnce(Argument) -> Message) -> Option<Vec<Item<'d>>> {
        let DeValue::Array(array) = self.value() else { return self.refuse(problem) };
        let item =
            |(index, value)| Item { document: self.document, path: format!("{}[{}]", self.path, index + 1), value };
        Some(array.iter().enumerate().map(item).collect())
    }
}

/// A value as a message may repeat it: short ones as they stand, others by their type.
fn shown(value: &DeValue<'_>) -> Argument {
    let (text, long) = match value {
        DeValue::String(text) => (format!("{text:?}"), message!("definition-long-string")),
        DeValue::Integer(number) => (number.to_string(), message!("definition-long-integer")),
        DeValue::Float(number) => (number.to_string(), message!("definition-long-float")),
        DeValue::Boolean(value) => return Argument::from(*value),
        DeValue::Datetime(time) => return Argument::from(time.to_string()),
        DeValue::Array(_) => return Argument::from(message!("definition-an-array")),
        DeValue::Table(_) => return Argument::from(message!("definition-a-table")),
    };
    if text.chars().count() > SHOWN_CHARACTERS { Argument::from(long) } else { Argument::from(text) }
}
