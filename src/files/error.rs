//! What can go wrong while exporting. Never carries a row's values.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;
use rust_xlsxwriter::XlsxError;

use crate::guidance::{ExitCode, Guidance};
use crate::wording::{Message, Spoken, display_in_english, message, operation_on};

/// An export that did not happen; the file that was there before, if any, is still there.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A full disk and a missing permission differ in the source's [`io::ErrorKind`] only.
    File {
        operation: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    Parquet {
        path: PathBuf,
        source: ParquetError,
    },
    Xlsx {
        path: PathBuf,
        source: XlsxError,
    },
    /// The caller passed a row that does not belong in this file.
    Row {
        path: PathBuf,
        /// Counted from 1 over the whole file.
        row: u64,
        problem: RowProblem,
    },
    /// A handoff is a document: what was handed over stays as it was.
    Occupied {
        path: PathBuf,
    },
    Taken {
        path: PathBuf,
    },
    /// The rows of a handoff are not those that the ledger has booked.
    Unreconciled {
        path: PathBuf,
    },
}

impl Spoken for ExportError {
    fn message(&self) -> Message {
        match self {
            ExportError::File { operation, path, .. } => operation_on(operation, path).coded("TJ-5001"),
            ExportError::Parquet { path, .. } => message!("TJ-5002", path),
            ExportError::Xlsx { path, .. } => message!("TJ-5003", path),
            ExportError::Row { path, row, problem } => message!("TJ-5004", path, row, problem),
            ExportError::Occupied { path } => message!("TJ-5005", path),
            ExportError::Taken { path } => message!("TJ-5006", path),
            ExportError::Unreconciled { path } => message!("TJ-5007", path),
        }
    }
}

display_in_english!(ExportError);

/// Why a row does not belong in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowProblem {
    ForeignAccount,
    ForeignMonth,
    Columns,
    /// More digits than the column holds.
    Fee,
    /// Longer than a cell of a workbook.
    Text,
}

impl Spoken for RowProblem {
    fn message(&self) -> Message {
        match self {
            RowProblem::ForeignAccount => message!("row-foreign-account"),
            RowProblem::ForeignMonth => message!("row-foreign-month"),
            RowProblem::Columns => message!("row-columns"),
            RowProblem::Text => message!("row-text"),
            RowProblem::Fee => message!("row-fee"),
        }
    }
}

impl ExportError {
    /// How it ends, and what to do.
    pub fn guidance(&self) -> Guidance {
        match self {
            ExportError::File { source, .. } => ExitCode::of_file(source).without_remedy(),
            ExportError::Occupied { .. }
            | ExportError::Taken { .. }
            | ExportError::Parquet { .. }
            | ExportError::Xlsx { .. }
            | ExportError::Row { .. }
            | ExportError::Unreconciled { .. } => ExitCode::Failed.without_remedy(),
        }
    }

    pub(super) fn file(operation: &'static str, path: &Path, source: io::Error) -> ExportError {
        ExportError::File { operation, path: path.to_owned(), source }
    }

    /// The encoder wraps what the disk said: it is brought to light again.
    pub(super) fn parquet(path: &Path, source: ParquetError) -> ExportError {
        match source {
            ParquetError::External(cause) => match cause.downcast::<io::Error>() {
                Ok(source) => ExportError::file("write", path, *source),
                Err(cause) => ExportError::Parquet { path: path.to_owned(), source: ParquetError::External(cause) },
            },
            source => ExportError::Parquet { path: path.to_owned(), source },
        }
    }

    /// Like [`ExportError::parquet`]; the zip layer wraps once more.
    pub(super) fn xlsx(path: &Path, source: XlsxError) -> ExportError {
        match source {
            XlsxError::IoError(source) => ExportError::file("write", path, source),
            source => match source.source().and_then(|cause| cause.downcast_ref::<io::Error>()) {
                Some(cause) => ExportError::file("write", path, io::Error::new(cause.kind(), cause.to_string())),
                None => ExportError::Xlsx { path: path.to_owned(), source },
            },
        }
    }

    pub(super) fn csv(path: &Path, source: csv::Error) -> ExportError {
        let source = match source.into_kind() {
            csv::ErrorKind::Io(source) => source,
            // The other kinds are about reading, or about a row with another number of cells than the heading.
            kind => io::Error::other(format!("{kind:?}")),
        };
        ExportError::file("write", path, source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_disk_said_is_the_source_whoever_wrapped_it() {
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        let path = Path::new("a.file");
        for error in [
            ExportError::parquet(path, full().into()),
            ExportError::csv(path, full().into()),
            ExportError::xlsx(path, XlsxError::IoError(full())),
        ] {
            assert_eq!(error.to_string(), "cannot write a.file");
            let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
            assert_eq!(source.map(io::Error::kind), Some(io::ErrorKind::StorageFull));
        }
    }
}
