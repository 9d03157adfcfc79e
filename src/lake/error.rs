//! What can go wrong with a lake. Never carries a row's values, and nothing of the credentials.

use std::io;

use super::StoreFault;
use crate::guidance::{ExitCode, Guidance, Remedy};
use crate::pipeline::LakeUrl;
use crate::wording::{Message, Spoken, display_in_english, message, operation_on};

/// A lake that could not be read or written. What its pointer names is there as before.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// A lake in a folder.
    File {
        operation: &'static str,
        place: String,
        source: io::Error,
    },
    /// A lake in a bucket.
    Store {
        operation: &'static str,
        place: String,
        source: StoreFault,
    },
    /// The variables `AWS_…` cannot be used; the client says which one.
    Variables {
        lake: LakeUrl,
    },
    /// A pointer that we did not write.
    Unreadable {
        place: String,
    },
    /// A pointer of another version of the program.
    Format {
        place: String,
        format: u64,
    },
    /// Somebody else moved the pointer since it was read.
    Moved {
        place: String,
    },
    /// Somebody else publishes to it.
    Busy {
        lake: LakeUrl,
    },
    /// The pointer is not where the ledger has moved it to.
    OtherPosition {
        lake: LakeUrl,
        found: u64,
        known: u64,
    },
    Parquet {
        place: String,
        source: parquet::errors::ParquetError,
    },
}

impl Spoken for LakeError {
    fn message(&self) -> Message {
        match self {
            LakeError::File { operation, place, .. } | LakeError::Store { operation, place, .. } => {
                operation_on(operation, place.as_ref()).coded("TJ-5101")
            }
            LakeError::Variables { lake } => message!("TJ-5102", lake = lake.to_string()),
            LakeError::Unreadable { place } => message!("TJ-5103", place),
            LakeError::Format { place, format } => message!("TJ-5104", place, format),
            LakeError::Moved { place } => message!("TJ-5105", place),
            LakeError::Busy { lake } => message!("TJ-5107", lake = lake.to_string()),
            LakeError::OtherPosition { lake, found, known } => {
                message!("TJ-5108", lake = lake.to_string(), found, known)
            }
            LakeError::Parquet { place, .. } => message!("TJ-5106", place),
        }
    }
}

display_in_english!(LakeError);

impl LakeError {
    /// How it ends, and what to do.
    pub fn guidance(&self) -> Guidance {
        match self {
            LakeError::File { source, .. } => ExitCode::of_file(source).with(Remedy::PublishAgain),
            LakeError::Store { source, .. } if source.is_temporary() => ExitCode::Temporary.with(Remedy::PublishAgain),
            LakeError::Store { .. } => ExitCode::Failed.with(Remedy::CheckLake),
            LakeError::Variables { .. } => ExitCode::Definition.with(Remedy::CheckLake),
            LakeError::Unreadable { .. } => ExitCode::Failed.with(Remedy::PublishAllAgain),
            LakeError::Parquet { .. } => ExitCode::Failed.without_remedy(),
            LakeError::Format { .. } => ExitCode::Failed.with(Remedy::InstallNewestTijian),
            LakeError::Busy { .. } => ExitCode::Locked.with(Remedy::AwaitRunAndRepeat),
            LakeError::OtherPosition { .. } => ExitCode::Failed.with(Remedy::PublishAllAgain),
            LakeError::Moved { .. } => ExitCode::Temporary.with(Remedy::PublishAgain),
        }
    }
}
