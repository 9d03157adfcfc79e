//! Why an engine has not done its work. Whatever it was, nobody sees what it had begun.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::guidance::{ExitCode, Guidance};
use crate::wording::{Message, Spoken, display_in_english, message, operation_on};

#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    Io {
        operation: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// The program that the engine is to run beside its own.
    NoWorker {
        path: PathBuf,
    },
    WorkerName {
        path: PathBuf,
    },
    NotFound {
        command: String,
        log: PathBuf,
    },
    Failed {
        status: i32,
        log: PathBuf,
    },
    Killed {
        signal: i32,
        log: PathBuf,
    },
    NoCores {
        patience: Duration,
        log: PathBuf,
    },
}

impl Spoken for EngineError {
    fn message(&self) -> Message {
        match self {
            EngineError::Io { operation, path, .. } => operation_on(operation, path).coded("TJ-7601"),
            EngineError::NoWorker { path } => message!("TJ-7602", path),
            EngineError::WorkerName { path } => message!("TJ-7603", path),
            EngineError::NotFound { command, log } => message!("TJ-7604", command, log),
            EngineError::Failed { status, log } => message!("TJ-7605", status, log),
            EngineError::Killed { signal, log } => message!("TJ-7606", signal, log),
            EngineError::NoCores { patience, log } => message!("TJ-7607", seconds = patience.as_secs(), log),
        }
    }
}

display_in_english!(EngineError);

impl EngineError {
    /// How it ends.
    pub fn guidance(&self) -> Guidance {
        match self {
            EngineError::Io { source, .. } => ExitCode::of_file(source).without_remedy(),
            EngineError::NoWorker { .. }
            | EngineError::WorkerName { .. }
            | EngineError::NotFound { .. }
            | EngineError::Failed { .. } => ExitCode::Failed.without_remedy(),
            EngineError::Killed { .. } | EngineError::NoCores { .. } => ExitCode::Temporary.without_remedy(),
        }
    }

    /// For `map_err`: wraps an I/O error with what was tried on which path.
    pub(super) fn io(operation: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { operation, path, source }
    }
}
