//! The steps of a run, as progress shows them and as tests stop at them.

use crate::failure::Stopped;
use crate::warehouse::LoadCounts;

/// An enum of steps, each with its name in logs and tests. Tests stop after every one of `NAMES`, so that none is missed.
macro_rules! steps {
    (
        $(#[$about:meta])*
        pub enum $Steps:ident {
            $($(#[$meaning:meta])* $Step:ident $(($told:ty))? $({ $($value:ident: $of:ty),* })? = $name:literal,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $Steps {
            $($(#[$meaning])* $Step $(($told))? $({ $($value: $of),* })?,)*
        }

        impl $Steps {
            /// The name of every step.
            pub const NAMES: &[&str] = &[$($name),*];

            /// The step's name in logs and tests.
            pub const fn name(self) -> &'static str {
                match self {
                    $($Steps::$Step { .. } => $name,)*
                }
            }
        }
    };
}
pub(crate) use steps;

steps! {
    /// The step that has just been done.
    pub enum Step {
        Started = "started",
        /// An entry of the journal that the database had forgotten is applied again.
        Recovered { entries: u64 } = "recovered",
        /// Calls that earlier runs owed have been sent, as far as possible.
        Drained = "drained",
        /// The answer is on disk, whole and readable.
        Landed { bytes: u64, records: u64 } = "landed",
        /// Part of the delivery is in the open transaction.
        ChunkLoaded(LoadCounts) = "chunk_loaded",
        /// Everything is in the open transaction.
        Loaded(LoadCounts) = "loaded",
        /// COMMIT has returned.
        Committed = "committed",
        /// The landing folder knows of it, too.
        Journalled = "journalled",
        /// The platform has confirmed one acknowledgement or arrival; the outbox does not know yet.
        Confirmed { confirmed: u64 } = "confirmed",
        /// Calls that this delivery owed have been sent, as far as possible.
        Acknowledged = "acknowledged",
        /// Arrivals of the inbox are decided, and COMMIT has returned.
        ArrivalsTaken { taken: u64 } = "arrivals_taken",
        /// Arrivals are withdrawn, and COMMIT has returned.
        ArrivalsWithdrawn = "arrivals_withdrawn",
        /// Owed arrivals have been sent, as far as possible.
        ArrivalsReported = "arrivals_reported",
        /// The marts show what was loaded.
        Refreshed = "refreshed",
        /// A month's file is complete; no data package names it yet.
        MonthWritten = "month_written",
        /// The next data package is in place; the months' folders still have the old files.
        Published = "published",
        /// A file is in place; the ledger does not know yet.
        FileWritten = "file_written",
        Exported = "exported",
    }
}

/// Called after every step.
pub type OnStep<'a> = dyn Fn(Step) -> Result<(), Stopped> + Send + Sync + 'a;
