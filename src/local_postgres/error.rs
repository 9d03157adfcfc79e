//! What can go wrong around the private server, each with the way out.

use std::io;
use std::path::PathBuf;

use crate::guidance::{ExitCode, Guidance};
use crate::wording::{Message, Spoken, display_in_english, message, operation_on};

/// The private server could not be found, fetched, made, started or stopped.
///
/// All of these are for a person to fix, none is worth an automatic retry.
#[derive(Debug, thiserror::Error)]
pub enum LocalPostgresError {
    Io {
        operation: &'static str,
        path: PathBuf,
        source: io::Error,
    },

    /// The folder that was asked for cannot be made or used.
    Folder {
        dir: PathBuf,
        source: io::Error,
    },

    NoBinaries,

    Absent {
        dir: PathBuf,
    },

    UnusableBinDir {
        bin_dir: PathBuf,
    },

    /// `attempts`: each way with the last line that its installer said.
    FetchFailed {
        attempts: Vec<Message>,
    },

    OtherVersion {
        dir: PathBuf,
        made_by: u32,
        found: Vec<u32>,
    },

    NoServerUser,

    OutOfReach {
        path: PathBuf,
        user: String,
    },

    NotOurs {
        path: PathBuf,
    },

    NamelessUser {
        uid: u32,
    },

    Port {
        port: u16,
        source: io::Error,
    },

    UpWithoutPort {
        dir: PathBuf,
        port: u16,
    },

    ServerFailed {
        operation: &'static str,
        dir: PathBuf,
        log: PathBuf,
    },
}

impl Spoken for LocalPostgresError {
    fn message(&self) -> Message {
        match self {
            LocalPostgresError::Io { operation, path, .. } => operation_on(operation, path).coded("TJ-7001"),
            LocalPostgresError::Folder { dir, .. } => message!("TJ-7014", dir),
            LocalPostgresError::NoBinaries => message!("TJ-7002"),
            LocalPostgresError::Absent { dir } => message!("TJ-7003", dir),
            LocalPostgresError::UnusableBinDir { bin_dir } => message!("TJ-7004", bin_dir),
            LocalPostgresError::FetchFailed { attempts } => message!("TJ-7005", attempts = attempts.clone()),
            LocalPostgresError::OtherVersion { dir, made_by, found } => {
                message!("TJ-7006", dir, made_by, found = found.clone())
            }
            LocalPostgresError::NoServerUser => message!("TJ-7007"),
            LocalPostgresError::OutOfReach { path, user } => message!("TJ-7008", path, user),
            LocalPostgresError::NotOurs { path } => message!("TJ-7009", path),
            LocalPostgresError::NamelessUser { uid, .. } => message!("TJ-7010", uid),
            LocalPostgresError::Port { port, .. } => message!("TJ-7011", port),
            LocalPostgresError::UpWithoutPort { dir, port } => message!("TJ-7012", dir, port),
            LocalPostgresError::ServerFailed { operation, dir, log } => {
                message!("TJ-7013", operation = Message::of("server", operation, Vec::new()), dir, log)
            }
        }
    }
}

display_in_english!(LocalPostgresError);

impl LocalPostgresError {
    /// How it ends. Each message holds its own way out.
    pub fn guidance(&self) -> Guidance {
        match self {
            LocalPostgresError::Folder { source, .. } if ExitCode::of_file(source) == ExitCode::Temporary => {
                ExitCode::Temporary.without_remedy()
            }
            // The folder that was named cannot be used.
            LocalPostgresError::Folder { .. }
            | LocalPostgresError::OutOfReach { .. }
            | LocalPostgresError::NotOurs { .. }
            | LocalPostgresError::Absent { .. }
            | LocalPostgresError::UnusableBinDir { .. } => ExitCode::Definition.without_remedy(),
            LocalPostgresError::Io { .. }
            | LocalPostgresError::NoBinaries
            | LocalPostgresError::FetchFailed { .. }
            | LocalPostgresError::OtherVersion { .. }
            | LocalPostgresError::NoServerUser
            | LocalPostgresError::NamelessUser { .. }
            | LocalPostgresError::Port { .. }
            | LocalPostgresError::UpWithoutPort { .. }
            | LocalPostgresError::ServerFailed { .. } => ExitCode::Failed.without_remedy(),
        }
    }

    /// For `map_err`: wraps an I/O error with what was tried on which path.
    pub(super) fn io(operation: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { operation, path, source }
    }
}
