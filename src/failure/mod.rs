//! Errors that end a run, and what to do about them.

mod causes;
mod other_warehouse;
mod recover;
mod replay;

use crate::files::ExportError;
use crate::guidance::{ExitCode, Guidance, Remedy};
use crate::lake::LakeError;
use crate::landing::LandingError;
use crate::pipeline::RejectMax;
use crate::platform::PlatformError;
use crate::settings::SettingsError;
use crate::warehouse::WarehouseError;
use crate::wording::{Message, Spoken, display_in_english, message};

pub use crate::guidance::chain;
pub use causes::{spoken_causes, spoken_chain};
pub use other_warehouse::{OtherWarehouse, Present};
pub use recover::RecoverError;
pub use replay::ReplayError;

/// A run that did not reach its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    Locked,
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
    Lake(#[from] LakeError),
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
    Worker(#[source] tokio::task::JoinError),
    Broken(#[source] tokio::task::JoinError),
}

impl Spoken for RunError {
    fn message(&self) -> Message {
        match self {
            RunError::Locked => message!("TJ-6011"),
            RunError::Busy => message!("TJ-6012"),
            RunError::OtherWarehouse(error) => error.message(),
            RunError::Settings(error) => error.message(),
            RunError::Platform(error) => error.message(),
            RunError::Landing(error) => error.message(),
            RunError::Warehouse(error) => error.message(),
            RunError::Export(error) => error.message(),
            RunError::Lake(error) => error.message(),
            RunError::Recover(error) => error.message(),
            RunError::Replay(error) => error.message(),
            RunError::Erase(error) => error.message(),
            RunError::Settle(error) => error.message(),
            RunError::TooManyRefused(error) => error.message(),
            RunError::Stopped(error) => error.message(),
            RunError::Worker(_) => message!("TJ-6013"),
            RunError::Broken(_) => message!("TJ-6014"),
        }
    }
}

/// The run was asked to end after a step. Nothing is half done: the next run goes on from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub struct Stopped;

/// A reservation that was named to be erased, and is not there.
#[derive(Debug, thiserror::Error)]
pub struct UnknownReservation {
    pub account: String,
    pub serial_number: String,
}

/// A record that was named to be tried again or discarded, and that the accounts at hand do not have in quarantine.
#[derive(Debug, thiserror::Error)]
pub enum UnknownRecord {
    NotInQuarantine(i64),
    OtherAccount { id: i64, account: String },
}

impl Spoken for UnknownRecord {
    fn message(&self) -> Message {
        match self {
            UnknownRecord::NotInQuarantine(record) => message!("TJ-6311", record),
            UnknownRecord::OtherAccount { id, account, .. } => message!("TJ-6312", id, account),
        }
    }
}

/// More of a delivery was refused than the pipeline's `reject_max` allows.
#[derive(Debug, thiserror::Error)]
pub struct TooManyRefused {
    /// For the first time: those that are held come every night.
    pub refused: u64,
    /// These and all that were accepted.
    pub of: u64,
    pub reject_max: RejectMax,
    /// Field and rule.
    pub most_broken: String,
}

impl Spoken for Stopped {
    fn message(&self) -> Message {
        message!("TJ-6016")
    }
}

impl Spoken for UnknownReservation {
    fn message(&self) -> Message {
        message!("TJ-6301", account = &self.account, serial_number = &self.serial_number)
    }
}

impl Spoken for TooManyRefused {
    fn message(&self) -> Message {
        let TooManyRefused { refused, of, reject_max, most_broken } = self;
        message!("TJ-6015", refused, of, most_broken, reject_max = reject_max.to_string())
    }
}

display_in_english!(RunError, UnknownRecord, Stopped, UnknownReservation, TooManyRefused);

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
            RunError::Lake(error) => error.guidance(),
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

    /// Its code, for the documents that programs read.
    pub fn code(&self) -> Option<&'static str> {
        self.message().code()
    }

    /// The error and its causes on one line.
    pub fn chain(&self) -> String {
        chain(self)
    }
}
