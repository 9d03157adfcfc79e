//! Why a database that was taken back cannot be made what it was.

use chrono::NaiveDate;

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
    /// What the operator can do, in one sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            RecoverError::Behind { .. } => {
                "a backup was restored, or a standby promoted: run `tijian recover`, or `tijian run`, which does it first"
            }
            RecoverError::OtherAccounts(_) => {
                "deliveries of all accounts share their numbers: run `tijian recover` once with the pipelines of all of them; \
                 where an account and its folder are gone for good, with --accept-loss"
            }
            RecoverError::OthersFailed(_) => "see what failed there, and run again",
            RecoverError::Parted { .. } => {
                "is this the right database for this folder? If it is, and something else was loaded into it meanwhile: \
                 `tijian recover --accept-loss` keeps the database as it is, and begins the folder's journal again"
            }
            RecoverError::Unreadable => {
                "install the newest tijian that has run here, or put the file back from a backup"
            }
            RecoverError::EntriesMissing { .. } | RecoverError::FilesMissing { .. } => {
                "put the files back from a backup of the landing folder; if there is none, `tijian recover --accept-loss` \
                 goes on without them: what they held is lost unless the platform delivers it again"
            }
            RecoverError::NumberTaken { .. } => {
                "restore the backup again, and run `tijian recover` with the pipelines of all accounts before any other run"
            }
            RecoverError::Random => "look at the system's source of random numbers, then run again",
            RecoverError::Swapped => {
                "restore a backup made after the swap; if there is none, `tijian recover --accept-loss` goes on without it, and \
                 `tijian replay --swap` can be repeated afterwards"
            }
        }
    }
}
