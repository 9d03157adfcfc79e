//! Why a database that was taken back cannot be made what it was.

use chrono::NaiveDate;

use crate::guidance::{ExitCode, Guidance, Remedy};

/// Why the database cannot be brought to where the landing folder is.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    #[error(
        "the database is older than the landing folder: it ends at entry {known} of the journal, the folder has {first} to \
         {last}; nothing was changed"
    )]
    Behind { known: i64, first: i64, last: i64 },
    #[error(
        "the database is older than the landing folder, and {} of this warehouse are not named here; nothing was changed",
        .0.join(", ")
    )]
    OtherAccounts(Vec<String>),
    #[error("nothing was pulled: the recovery of {} failed, and accounts share the numbers of their deliveries", .0.join(", "))]
    OthersFailed(Vec<String>),
    #[error(
        "the database and the landing folder do not share one history: they differ at entry {entry_number} of the journal; \
         nothing was changed"
    )]
    Parted { entry_number: i64 },
    #[error("a file of the journal cannot be read: a newer tijian has written it, or it was changed")]
    Unreadable,
    #[error("the entries {first} to {last} of the journal are not in the landing folder; nothing was changed")]
    EntriesMissing { first: i64, last: i64 },
    #[error(
        "{missing} of {of} deliveries that were committed and that the database does not know are not in the landing folder: \
         {}; nothing was changed",
        listed(.files)
    )]
    FilesMissing { missing: usize, of: usize, files: Vec<(String, NaiveDate)> },
    #[error(
        "the landed file of the delivery {delivery_id} has {expected} records, and {found} are read from it now: it is not \
         loaded again"
    )]
    OtherRecords { delivery_id: i64, expected: u64, found: u64 },
    #[error(
        "entry {entry_number} of the journal would not do again what it did: {found} {what} instead of {expected}; it was not \
         done"
    )]
    OtherCounts { entry_number: i64, what: &'static str, expected: u64, found: u64 },
    #[error("the number {delivery_id} of a delivery that is to be loaded again is taken by the account {account}")]
    NumberTaken { delivery_id: i64, account: String },
    #[error("the system gives no random numbers")]
    Random,
    #[error("a replayed history was put in the live one's place since the backup: this is not repeated automatically")]
    Swapped,
}

/// Missing files that are named one by one; more are counted.
const FILES_NAMED: usize = 20;

fn listed(files: &[(String, NaiveDate)]) -> String {
    let named: Vec<String> =
        files.iter().take(FILES_NAMED).map(|(file, received_on)| format!("{file} of {received_on}")).collect();
    let more = files.len().saturating_sub(FILES_NAMED);
    if more > 0 { format!("{} and {more} more", named.join(", ")) } else { named.join(", ") }
}

impl RecoverError {
    /// How it ends, and what to do.
    pub fn guidance(&self) -> Guidance {
        ExitCode::Failed.with(match self {
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
