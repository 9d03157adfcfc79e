//! What to do about a failure: decided once, on HTTP status, platform code and SQLSTATE, never on text.

/// The three answers to a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Temporary: the same call may succeed later. Exit code 75 when it does not in time.
    Retry,
    /// Somebody has to change something: a key, a setting, a right, a file. Exit code 1.
    Fix,
    /// An invariant of ours is broken: nothing was committed, and we want to know. Exit code 1.
    Bug,
}

/// Exit codes, by rank: of several, the first one here wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitCode {
    /// Usage or definition error.
    Definition,
    Failed,
    /// Platform or database out of reach: run again, nothing was half done.
    Temporary,
    /// Another run holds the account.
    Locked,
    /// Loaded, acknowledgements or arrivals still pending.
    Pending,
    /// Loaded, some records in quarantine, or arrivals that were not taken.
    Quarantined,
    Good,
}

impl ExitCode {
    /// The process's exit status.
    pub const fn status(self) -> u8 {
        match self {
            ExitCode::Good => 0,
            ExitCode::Failed => 1,
            ExitCode::Definition => 2,
            ExitCode::Quarantined => 3,
            ExitCode::Pending => 4,
            ExitCode::Locked => 5,
            ExitCode::Temporary => 75,
        }
    }

    /// Everything that could be loaded is: what is refused, or not acknowledged yet, waits where it is seen.
    pub const fn is_success(self) -> bool {
        matches!(self, ExitCode::Good | ExitCode::Quarantined | ExitCode::Pending)
    }
}
