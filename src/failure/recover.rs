//! Why a database that was taken back cannot be made what it was.

use chrono::NaiveDate;

use crate::guidance::{ExitCode, Guidance, Remedy};
use crate::wording::{Message, Spoken, display_in_english, message};

/// Why the database cannot be brought to where the landing folder is.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    Behind { known: i64, first: i64, last: i64 },
    OtherAccounts(Vec<String>),
    OthersFailed(Vec<String>),
    ShardsBehind { accounts: usize },
    Parted { entry_number: i64 },
    Unreadable,
    EntriesMissing { first: i64, last: i64 },
    FilesMissing { missing: usize, of: usize, files: Vec<(String, NaiveDate)> },
    OtherRecords { delivery_id: i64, expected: u64, found: u64 },
    OtherCounts { entry_number: i64, what: &'static str, expected: u64, found: u64 },
    NumberTaken { delivery_id: i64, account: String },
    Random,
    Swapped,
}

impl Spoken for RecoverError {
    fn message(&self) -> Message {
        match self {
            RecoverError::Behind { known, first, last, .. } => message!("TJ-6101", known, first, last),
            RecoverError::OtherAccounts(accounts) => message!("TJ-6102", accounts = accounts.clone()),
            RecoverError::OthersFailed(accounts) => message!("TJ-6103", accounts = accounts.clone()),
            RecoverError::ShardsBehind { accounts } => message!("TJ-6113", count = *accounts),
            RecoverError::Parted { entry_number, .. } => message!("TJ-6104", entry_number),
            RecoverError::Unreadable => message!("TJ-6105"),
            RecoverError::EntriesMissing { first, last, .. } => message!("TJ-6106", first, last),
            RecoverError::FilesMissing { missing, of, files } => {
                let named = files.iter().take(FILES_NAMED);
                let named: Vec<Message> = named
                    .map(|(file, received_on)| message!("file-of-day", file, received_on = received_on.to_string()))
                    .collect();
                let more = files.len().saturating_sub(FILES_NAMED);
                message!("TJ-6107", missing, of, named, more = (more > 0).then_some(more))
            }
            RecoverError::OtherRecords { delivery_id, expected, found, .. } => {
                message!("TJ-6108", delivery_id, expected, found)
            }
            RecoverError::OtherCounts { entry_number, what, expected, found } => {
                message!("TJ-6109", entry_number, what = Message::of("counted", what, Vec::new()), expected, found)
            }
            RecoverError::NumberTaken { delivery_id, account, .. } => message!("TJ-6110", delivery_id, account),
            RecoverError::Random => message!("TJ-6111"),
            RecoverError::Swapped => message!("TJ-6112"),
        }
    }
}

display_in_english!(RecoverError);

/// Missing files that are named one by one; more are counted.
const FILES_NAMED: usize = 20;

impl RecoverError {
    /// How it ends, and what to do.
    pub fn guidance(&self) -> Guidance {
        ExitCode::Failed.with(match self {
            RecoverError::ShardsBehind { .. } => return ExitCode::Temporary.with(Remedy::AwaitShards),
            RecoverError::Behind { .. } => Remedy::Recover,
            RecoverError::OtherAccounts(_) => Remedy::RecoverAllAccounts,
            RecoverError::OthersFailed(_) => Remedy::RepeatOthers,
            RecoverError::Parted { .. } => Remedy::CheckDatabaseOfFolder,
            RecoverError::Unreadable => Remedy::InstallNewestTijian,
            RecoverError::EntriesMissing { .. } | RecoverError::FilesMissing { .. } => Remedy::RestoreLandingFiles,
            RecoverError::OtherRecords { .. } => Remedy::RestoreResultPath,
            RecoverError::OtherCounts { .. } => Remedy::RecoverWithSameTijian,
            RecoverError::NumberTaken { .. } => Remedy::RestoreBeforeOtherRuns,
            RecoverError::Random => Remedy::CheckRandomSource,
            RecoverError::Swapped => Remedy::RestoreBackupSinceSwap,
        })
    }
}
