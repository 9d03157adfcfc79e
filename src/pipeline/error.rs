//! What is wrong with definition files: every problem, each with its file, line and key.

use std::fmt;
use std::path::PathBuf;

use crate::guidance::{ExitCode, Guidance, Remedy};
use crate::wording::{Argument, Message, Spoken, display_in_english, message};

/// One problem of one definition file. Never holds what may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionError {
    pub file: PathBuf,
    /// Counted from 1; `None` if the file could not be read at all.
    pub line: Option<usize>,
    /// Path of the key, `platform.timeout_seconds`; empty if the file as a whole is meant.
    pub key: String,
    /// What is expected, and what was found where that helps.
    pub problem: Message,
}

impl DefinitionError {
    /// `file:line: key`, as much of it as there is.
    fn place(&self) -> String {
        let file = self.file.display();
        let mut place = self.line.map_or_else(|| file.to_string(), |line| format!("{file}:{line}"));
        if !self.key.is_empty() {
            place.push_str(": ");
            place.push_str(&self.key);
        }
        Visible(&place).to_string()
    }
}

impl Spoken for DefinitionError {
    fn message(&self) -> Message {
        message!("TJ-1201", place = self.place(), problem = &self.problem)
    }
}

/// A text on one line: a key of the file may hold line breaks, and what moves a terminal's cursor.
pub(super) struct Visible<'t>(pub &'t str);

impl fmt::Display for Visible<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in self.0.split_inclusive(char::is_control) {
            match piece.char_indices().next_back().filter(|(_, last)| last.is_control()) {
                Some((at, control)) => write!(formatter, "{}{}", &piece[..at], control.escape_default())?,
                None => formatter.write_str(piece)?,
            }
        }
        Ok(())
    }
}

/// Every problem of the files that were read together: at least one. Displayed one line each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct DefinitionErrors(pub Vec<DefinitionError>);

/// All of them, a line each; who can shows one each.
impl Spoken for DefinitionErrors {
    fn message(&self) -> Message {
        match &self.0[..] {
            [error] => error.message(),
            errors => lines(errors).coded("TJ-1201"),
        }
    }
}

/// Joins them in halves, which nest less deeply than a chain.
fn lines(errors: &[DefinitionError]) -> Message {
    let part = |errors: &[DefinitionError]| match errors {
        [] => Argument::from(""),
        [error] => Argument::from(error),
        errors => Argument::from(lines(errors)),
    };
    let (first, other) = errors.split_at(errors.len() / 2);
    message!("definition-lines", first = part(first), other = part(other))
}

display_in_english!(DefinitionError, DefinitionErrors);

impl DefinitionErrors {
    /// How it ends, and what to do.
    pub fn guidance(&self) -> Guidance {
        ExitCode::Definition.with(Remedy::CorrectDefinition)
    }

    /// A file that could not be opened or read: `problem` names the operation.
    pub(super) fn of_file(file: impl Into<PathBuf>, problem: Message) -> DefinitionErrors {
        DefinitionErrors(vec![DefinitionError { file: file.into(), line: None, key: String::new(), problem }])
    }
}
