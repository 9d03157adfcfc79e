//! The steps of a run, as progress shows them and as tests stop at them.

use crate::failure::Stopped;
use crate::warehouse::LoadCounts;

/// What has just been done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Started,
    /// An entry of the journal that the database had forgotten is applied again.
    Recovered {
        entries: u64,
    },
    /// What earlier runs owed the platform has been sent, as far as it could be.
    Drained,
    /// The answer is on disk, whole and readable.
    Landed {
        bytes: u64,
        records: u64,
    },
    /// Part of the delivery is in the open transaction.
    ChunkLoaded(LoadCounts),
    /// Everything is in the open transaction.
    Loaded(LoadCounts),
    /// COMMIT has returned.
    Committed,
    /// The landing folder knows of it, too.
    Journalled,
    /// The platform has confirmed one acknowledgement or arrival; the outbox does not know yet.
    Confirmed {
        confirmed: u64,
    },
    /// What this delivery owed has been sent, as far as it could be.
    Acknowledged,
    /// Arrivals of the inbox are decided, and COMMIT has returned.
    ArrivalsTaken {
        taken: u64,
    },
    /// Arrivals are withdrawn, and COMMIT has returned.
    ArrivalsWithdrawn,
    /// What is owed of arrivals has been sent, as far as it could be.
    ArrivalsReported,
    /// The marts show what was loaded.
    Refreshed,
    /// A file is in place; the ledger does not know yet.
    FileWritten,
    Exported,
}

impl Step {
    /// The step's name in logs and tests.
    pub const fn name(self) -> &'static str {
        match self {
            Step::Started => "started",
            Step::Recovered { .. } => "recovered",
            Step::Drained => "drained",
            Step::Landed { .. } => "landed",
            Step::ChunkLoaded(_) => "chunk_loaded",
            Step::Loaded(_) => "loaded",
            Step::Committed => "committed",
            Step::Journalled => "journalled",
            Step::Confirmed { .. } => "confirmed",
            Step::Acknowledged => "acknowledged",
            Step::ArrivalsTaken { .. } => "arrivals_taken",
            Step::ArrivalsWithdrawn => "arrivals_withdrawn",
            Step::ArrivalsReported => "arrivals_reported",
            Step::Refreshed => "refreshed",
            Step::FileWritten => "file_written",
            Step::Exported => "exported",
        }
    }
}

/// Called after every step.
pub type OnStep<'a> = dyn Fn(Step) -> Result<(), Stopped> + Send + Sync + 'a;
