//! Why what another engine makes of the lake cannot be used, or cannot be compared.

use crate::guidance::{ExitCode, Guidance, Remedy};
use crate::wording::{Message, Spoken, display_in_english, message};

/// Whatever it is, the lake's readers see what they saw before.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    NothingPublished {
        lake: String,
    },
    NothingDecoded {
        lake: String,
    },
    NothingBuilt {
        lake: String,
    },
    /// Another rebuild, from this publication, has ended meanwhile: it has read more, or was begun later.
    Overtaken {
        publication: u64,
    },
    /// What was built contradicts these checks.
    Contradicted {
        checks: Vec<Message>,
    },
    /// It has not as many rows as it must have.
    Incomplete {
        part: &'static str,
        expected: u64,
        found: u64,
    },
    /// The decoding that an account was decoded for is no longer open.
    DecodingEnded,
    /// What was read is no longer in the lake: somebody was erased, or the key was replaced.
    Replaced,
}

impl Spoken for RebuildError {
    fn message(&self) -> Message {
        match self {
            RebuildError::NothingPublished { lake } => message!("TJ-7611", lake),
            RebuildError::NothingBuilt { lake } => message!("TJ-7612", lake),
            RebuildError::Overtaken { publication } => message!("TJ-7613", publication),
            RebuildError::Contradicted { checks } => message!("TJ-7614", checks = checks.clone()),
            RebuildError::Incomplete { part, expected, found } => {
                message!("TJ-7615", part = *part, expected, found)
            }
            RebuildError::Replaced => message!("TJ-7616"),
            RebuildError::NothingDecoded { lake } => message!("TJ-7617", lake),
            RebuildError::DecodingEnded => message!("TJ-7618"),
        }
    }
}

display_in_english!(RebuildError);

impl RebuildError {
    /// How it ends, and what to do.
    pub fn guidance(&self) -> Guidance {
        match self {
            RebuildError::NothingPublished { .. } => ExitCode::Failed.with(Remedy::PublishFirst),
            RebuildError::NothingDecoded { .. } => ExitCode::Failed.with(Remedy::DecodeFirst),
            RebuildError::NothingBuilt { .. } => ExitCode::Failed.with(Remedy::RebuildFirst),
            RebuildError::Overtaken { .. } => ExitCode::Temporary.without_remedy(),
            RebuildError::Contradicted { .. } | RebuildError::Incomplete { .. } => {
                ExitCode::Failed.with(Remedy::CheckWorker)
            }
            RebuildError::DecodingEnded => ExitCode::Temporary.with(Remedy::DecodeAgain),
            RebuildError::Replaced => ExitCode::Temporary.with(Remedy::RebuildAgain),
        }
    }
}
