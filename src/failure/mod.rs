//! What ends a run, and what to do about it.

mod other_warehouse;
mod recover;
mod replay;

use crate::files::ExportError;
use crate::guidance::{ExitCode, Guidance, Remedy};
use crate::landing::LandingError;
use crate::pipeline::RejectMax;
use crate::platform::PlatformError;
use crate::settings::SettingsError;
use crate::warehouse::WarehouseError;

pub use crate::guidance::{causes, chain};
pub use other_warehouse::{OtherWarehouse, Present};
pub use recover::RecoverError;
pub use replay::ReplayError;

/// A run that did not reach its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("another run holds this account")]
    Locked,
    #[error("a run is under way: the site key is not replaced meanwhile")]
    Busy,
    #[error(transparent)]
    OtherWarehouse(Box<OtherWarehouse>),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Platform(#[from] PlatformError),
    #[error(transparent)]
    Landing(#[from] LandingError),
    #[error(transparent)]
    Warehouse(#[from] WarehouseError),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    Recover(#[from] RecoverError),
    #[error(transparent)]
    Replay(#[from] ReplayError),
    #[error(transparent)]
    Erase(#[from] UnknownReservation),
    #[error(transparent)]
    Settle(#[from] UnknownRecord),
    #[error(transparent)]
    TooManyRefused(#[from] TooManyRefused),
    #[error(transparent)]
    Stopped(#[from] Stopped),
    #[error("a worker of tijian broke down; nothing of the delivery was committed")]
    Worker(#[source] tokio::task::JoinError),
    #[error("the account's run broke down; what it had committed stays, and the next run goes on from there")]
    Broken(#[source] tokio::task::JoinError),
}

/// The run was asked to end after a step. Nothing is half done: the next run goes on from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped on request; nothing is half done, run again to go on")]
pub struct Stopped;

/// A reservation that was named to be erased, and is not there.
#[derive(Debug, thiserror::Error)]
#[error("the account {account} has no reservation {serial_number}; nothing was erased")]
pub struct UnknownReservation {
    pub account: String,
    pub serial_number: String,
}

/// A record that was named to be tried again or discarded, and that the accounts at hand do not have in quarantine.
#[derive(Debug, thiserror::Error)]
pub enum UnknownRecord {
    #[error("record {0} is not in quarantine, or not any more; `tijian quarantine list` has the numbers")]
    NotInQuarantine(i64),
    #[error("record {id} is of the account {account}: name its pipeline file, too")]
    OtherAccount { id: i64, account: String },
}

/// More of a delivery was refused than the pipeline's `reject_max` allows.
#[derive(Debug, thiserror::Error)]
#[error(
    "{refused} of {of} records are refused for the first time, most of them by {most_broken}, and reject_max allows \
     {reject_max}: nothing of the delivery was loaded, and nothing was acknowledged"
)]
pub struct TooManyRefused {
    /// For the first time: those that are held come every night.
    pub refused: u64,
    /// These and all that were accepted.
    pub of: u64,
    pub reject_max: RejectMax,
    /// Field and rule.
    pub most_broken: String,
}

impl From<OtherWarehouse> for RunError {
    fn from(error: OtherWarehouse) -> RunError {
        RunError::OtherWarehouse(Box::new(error))
    }
}

impl RunError {
    /// How it ends, and what to do.
    pub fn guidance(&self) -> Guidance {
        match self {
            RunError::Locked => ExitCode::Locked.with(Remedy::AwaitRun),
            RunError::Busy => ExitCode::Locked.with(Remedy::AwaitRunAndRepeat),
            RunError::OtherWarehouse(error) => error.guidance(),
            RunError::Settings(error) => error.guidance(),
            RunError::Platform(error) => error.guidance(),
            RunError::Landing(error) => error.guidance(),
            RunError::Warehouse(error) => error.guidance(),
            // In a run, the load is committed before anything is exported.
            RunError::Export(error) => error.guidance().exit_code.with(Remedy::RepeatExport),
            RunError::Recover(error) => error.guidance(),
            RunError::Replay(error) => error.guidance(),
            RunError::Erase(UnknownReservation { .. }) => ExitCode::Definition.with(Remedy::ListCandidates),
            RunError::TooManyRefused(_) => ExitCode::Failed.with(Remedy::FollowChangedForm),
            RunError::Settle(_) => ExitCode::Definition.without_remedy(),
            RunError::Stopped(Stopped) => ExitCode::Temporary.without_remedy(),
            RunError::Worker(_) | RunError::Broken(_) => ExitCode::Failed.without_remedy(),
        }
    }

    /// Whether it is about the platform's answer only, from the call to what the contract says of it.
    pub fn is_of_delivery(&self) -> bool {
        matches!(self, RunError::Platform(_) | RunError::Landing(_) | RunError::TooManyRefused(_))
    }

    /// The error and its causes on one line.
    pub fn chain(&self) -> String {
        chain(self)
    }
}
