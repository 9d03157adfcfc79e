//! What ends a run, and what to do about it.

mod other_warehouse;
mod recover;
mod replay;

use crate::files::ExportError;
use crate::guidance::{Disposition, ExitCode};
use crate::landing::LandingError;
use crate::platform::PlatformError;
use crate::settings::SettingsError;
use crate::warehouse::WarehouseError;

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

impl From<OtherWarehouse> for RunError {
    fn from(error: OtherWarehouse) -> RunError {
        RunError::OtherWarehouse(Box::new(error))
    }
}

impl RunError {
    /// The exit code that it asks for.
    pub fn exit_code(&self) -> ExitCode {
        let disposition = match self {
            RunError::Locked | RunError::Busy => return ExitCode::Locked,
            RunError::OtherWarehouse(_)
            | RunError::Settings(_)
            | RunError::Platform(PlatformError::Key(_))
            | RunError::Erase(_) => {
                return ExitCode::Definition;
            }
            RunError::Warehouse(error) if error.is_of_settings() => return ExitCode::Definition,
            RunError::Stopped(_) => Disposition::Retry,
            RunError::Platform(error) => error.disposition(),
            RunError::Landing(error) => error.disposition(),
            RunError::Warehouse(error) => error.disposition(),
            RunError::Export(error) => error.disposition(),
            RunError::Recover(_) | RunError::Replay(_) => Disposition::Fix,
            RunError::Worker(_) | RunError::Broken(_) => Disposition::Bug,
        };
        match disposition {
            Disposition::Retry => ExitCode::Temporary,
            Disposition::Fix | Disposition::Bug => ExitCode::Failed,
        }
    }

    /// What the operator can do, in one sentence.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            RunError::OtherWarehouse(error) => error.hint(),
            RunError::Settings(_) => "the pipeline names this variable for a secret: set it where tijian is started",
            RunError::Locked => {
                "wait for the other run, or the change of the site key, to end, or look with `tijian status`"
            }
            RunError::Erase(_) => "without --also, `tijian erase` lists candidates in the form that --also takes",
            RunError::Busy => "wait for it to end, or look with `tijian status`; then run again",
            RunError::Platform(PlatformError::Refused { .. }) => {
                "check the API key and secret; if they are right, give this code to the platform's contact"
            }
            RunError::Platform(PlatformError::Answer { .. }) => {
                "check aes_key and base_url; a delivery that could not be read stays in the landing folder"
            }
            RunError::Platform(PlatformError::Transport { .. } | PlatformError::Crawl { .. }) => {
                "check the network, the proxy and base_url"
            }
            RunError::Platform(PlatformError::Certificate { .. }) => {
                "check base_url and this machine's clock; a CA of the hospital's own network goes into a file that \
                 [platform] names as ca_file"
            }
            RunError::Platform(PlatformError::Key(_)) => {
                "set the variable that the pipeline names as aes_key to what the platform handed out"
            }
            RunError::Warehouse(error) => return error.hint(),
            RunError::Landing(error) => return error.hint(),
            RunError::Recover(error) => error.hint(),
            RunError::Replay(error) => error.hint(),
            RunError::Export(_) => "the load is committed; mend the cause and run again, the export is remembered",
            _ => return None,
        })
    }

    /// The error and its causes on one line.
    pub fn chain(&self) -> String {
        chain(self)
    }
}

/// An error and its causes on one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    std::iter::once(error.to_string()).chain(causes(error)).collect::<Vec<_>>().join(": ")
}

/// What lies below an error, the nearest first.
pub fn causes(error: &dyn std::error::Error) -> impl Iterator<Item = String> {
    std::iter::successors(error.source(), |cause| cause.source()).map(ToString::to_string)
}
