//! What is wrong with definition files: every problem, each with its file, line and key.

use std::fmt;
use std::path::PathBuf;

use crate::guidance::{ExitCode, Guidance, Remedy};
use crate::wording::{Message, Spoken, message};

/// One problem of one definition file. Never holds what may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionError {
    pub file: PathBuf,
    /// Counted from 1; `None` if the file could not be read at all.
    pub line: Option<usize>,
    /// Path of the key, `platform.timeout_seconds`; empty if the file as a whole is meant.
    pub key: String,
    /// What is expected, and what was found where that helps.
    pub problem: String,
}

impl Spoken for DefinitionError {
    fn message(&self) -> Message {
        message!("TJ-1201", problem = self.to_string())
    }
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:", self.file.display())?;
        if let Some(line) = self.line {
            write!(formatter, "{line}:")?;
        }
        if !self.key.is_empty() {
            write!(formatter, " {}:", Visible(&self.key))?;
        }
        write!(formatter, " {}", Visible(&self.problem))
    }
}

/// A text on one line: a key of the file may hold line breaks, and what moves a terminal's cursor.
struct Visible<'t>(&'t str);

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

/// One sentence for all of them; who can shows one each.
impl Spoken for DefinitionErrors {
    fn message(&self) -> Message {
        message!("TJ-1201", problem = self.to_string())
    }
}

impl DefinitionErrors {
    /// How it ends, and what to do.
    pub fn guidance(&self) -> Guidance {
        ExitCode::Definition.with(Remedy::CorrectDefinition)
    }

    /// A file that could not be opened or read: `problem` names the operation.
    pub(super) fn of_file(file: impl Into<PathBuf>, problem: String) -> DefinitionErrors {
        DefinitionErrors(vec![DefinitionError { file: file.into(), line: None, key: String::new(), problem }])
    }
}

impl fmt::Display for DefinitionErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(formatter, "{line_break}{error}")?;
        }
        Ok(())
    }
}
