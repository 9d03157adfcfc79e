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
